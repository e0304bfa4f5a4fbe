import type { Bosslet } from '../bosslet/bosslet.ts';
import { loadBalancerName } from '../bosslet/names.ts';
import type { AwsRead, Http, HttpAnswer, LoadBalancer } from '../clients/doors.ts';
import type { Clock } from '../clock.ts';
import type { Budget } from './budget.ts';
import { clean } from './clean.ts';
import type { Aged, SiteLook } from './observed.ts';
import { poll, reasonOf } from './polling.ts';

/** Clock milliseconds. */
const LOOK_MS = 5_000;

export interface SiteOptions {
  readonly bosslet: Bosslet;
  readonly aws: Pick<AwsRead, 'loadBalancers'>;
  readonly http: Http;
  readonly budget: Budget;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  seen(site: Aged<SiteLook>): void;
}

/** Looks at the way into the API until its signal ends: the load balancer, its targets, a ping through it, the public page. */
export function watchSite(options: SiteOptions): { readonly ended: Promise<void> } {
  const { clock, signal, seen } = options;
  return poll<SiteLook>({ clock, signal, intervalMs: () => LOOK_MS, look: (own) => lookAtSite(options, own), seen });
}

async function lookAtSite(options: SiteOptions, signal: AbortSignal): Promise<SiteLook> {
  const { bosslet, http } = options;
  const page = asked(http.get(`${bosslet.apiUrl}/`, { signal }), signal);
  const [balancer, served] = await Promise.all([lookAtBalancer(options, signal), page]);
  return {
    ...balancer,
    page: {
      status: served.answer?.status,
      isMaintenance: served.answer?.body.includes(bosslet.maintenance.contains) ?? false,
      error: served.error,
    },
  };
}

async function lookAtBalancer(
  { bosslet, aws, http, budget }: SiteOptions,
  signal: AbortSignal,
): Promise<Omit<SiteLook, 'page'>> {
  await budget.take(signal);
  const name = loadBalancerName(bosslet);
  const balancer: LoadBalancer | undefined = await aws.loadBalancers.findLoadBalancer(name, signal);
  if (!balancer) {
    const error = `There is no load balancer ${name}; the api stack makes it.`;
    return { loadBalancer: undefined, targets: [], ping: { status: undefined, error } };
  }
  await budget.take(signal);
  const targets = clean(await aws.loadBalancers.targetHealth(balancer, signal));
  const ping = await asked(http.get(`${bosslet.apiUrl}/ping/`, { via: balancer.dnsName, signal }), signal);
  return {
    loadBalancer: clean(balancer.dnsName),
    targets,
    ping: { status: ping.answer?.status, error: ping.error },
  };
}

/** A site that does not answer is something that was seen, no error of the look. */
async function asked(
  request: Promise<HttpAnswer>,
  signal: AbortSignal,
): Promise<{ readonly answer?: HttpAnswer; readonly error: string | undefined }> {
  try {
    return { answer: await request, error: undefined };
  } catch (error) {
    signal.throwIfAborted();
    return { error: reasonOf(error) };
  }
}
