import { Command, CommanderError } from 'commander';
import { Failure } from './commands/failure.ts';
import { OutputClosed } from './commands/lines.ts';
import type { Flags } from './commands/production.ts';
import { programVersion } from './commands/version.ts';
import { sanitiseLine } from './text/sanitise.ts';

const INTERRUPTED = 130;

/**
 * Runs the command line. `clear` takes away what the launcher showed, before anything is said. Returns the exit code:
 * 0 done, 1 failed, 2 usage or configuration, 130 interrupted.
 */
export async function main(argv: readonly string[], clear: () => void): Promise<number> {
  const interrupted = new AbortController();
  const onSignal = () => interrupted.abort(new Failure('Interrupted.', 1));
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  let exitCode = 0;
  const version = await programVersion();
  const exitWith = (code: number) => {
    exitCode = code;
  };
  const program = commandLine({ version, signal: interrupted.signal, exitWith, clear });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    clear();
    if (interrupted.signal.aborted) return INTERRUPTED;
    return explain(error);
  } finally {
    process.removeListener('SIGINT', onSignal).removeListener('SIGTERM', onSignal);
  }
}

/** One line on standard error and the exit code, whatever happened. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`boss-tui: ${sanitiseLine(message)}\n`);
  if (error instanceof OutputClosed) return 1;
  return error instanceof Failure ? error.exitCode : 1;
}

function commandLine({
  version,
  signal,
  exitWith,
  clear,
}: {
  readonly version: string;
  readonly signal: AbortSignal;
  readonly exitWith: (code: number) => void;
  readonly clear: () => void;
}): Command {
  const program = new Command('boss-tui')
    .description('A control panel for releasing a production system made of CloudFormation stacks.')
    .version(version, '-v, --version')
    .exitOverride()
    .configureOutput({
      writeErr: (text) => {
        clear();
        process.stderr.write(text.replace(/^error: /, 'boss-tui: '));
      },
    })
    .showSuggestionAfterError(false)
    .argument('[bosslet]', 'the deployment to release; none configured: the rehearsal')
    // These are said of the bosslet, whatever is done with it: every command takes them.
    .option('--config <file>', 'the configuration file, instead of the one that is found')
    .option('--boss-manage <folder>', 'the boss-manage checkout')
    .option('--profile <name>', 'the AWS profile')
    .option('--region <region>', 'the AWS region of the stacks')
    .option('--sprint <label>', "the label of this release's AMIs")
    .option('--scenario <name>', 'the scenario that the scripts are given')
    .option('--operator <address>', 'the subscription that always stays')
    .configureHelp({ showGlobalOptions: true })
    .action(async (bosslet?: string) => {
      const { open } = await import('./commands/open.ts');
      exitWith(await open(bosslet, signal, flags()));
    });
  const flags = () => program.opts<Flags>();
  program
    .command('rehearse')
    .description('a whole release against an embedded world on this machine')
    .option('--auto', 'a scripted operator takes what is recommended', false)
    .option('--fresh', 'end the world that runs and begin another', false)
    .option('--speed <times>', 'how much faster than the wall clock, 1 to 1000')
    .option('--fault <name...>', 'make something go wrong')
    .option('--list-faults', 'what can go wrong, and in which stage', false)
    .option('--from <stage>', 'begin before this stage, as the earlier ones leave the world')
    .action(
      async (options: {
        auto: boolean;
        fresh: boolean;
        speed?: string;
        fault?: string[];
        listFaults: boolean;
        from?: string;
      }) => {
        const { listFaults, parseSpeed, rehearse } = await import('./commands/rehearse.ts');
        if (options.listFaults) return print(listFaults());
        const { auto, fresh, speed, fault, from } = options;
        const wanted = {
          auto,
          fresh,
          ...(speed === undefined ? {} : { speed: parseSpeed(speed) }),
          ...(fault && { faults: fault }),
          ...(from !== undefined && { from }),
        };
        exitWith(await rehearse(wanted, signal));
      },
    );
  program
    .command('status')
    .argument('[bosslet]')
    .description('one look at stacks, dns, caches, mailing list and delete rule; exit 1 where a part was not read')
    .option('--json', 'as JSON', false)
    .action(async (bosslet: string | undefined, { json }: { json: boolean }) => {
      const { status } = await import('./commands/open.ts');
      const { lines, exitCode } = await status(bosslet, json, signal, flags());
      print(lines);
      exitWith(exitCode);
    });
  program
    .command('watch')
    .argument('[bosslet]')
    .description('the same screen, from which nothing can be done')
    .action(async (bosslet: string | undefined) => {
      const { watch } = await import('./commands/open.ts');
      exitWith(await watch(bosslet, signal, flags()));
    });
  program
    .command('plan')
    .argument('[bosslet]')
    .description("every step's plan; changes nothing")
    .option('--json', 'as JSON', false)
    .action(async (bosslet: string | undefined, { json }: { json: boolean }) => {
      const { plan } = await import('./commands/open.ts');
      print(await plan(bosslet, json, signal, flags()));
    });
  program
    .command('doctor')
    .argument('[bosslet]')
    .description('the preflight, each finding with its cure; exit 1 where a release may not start')
    .option('--print-config', 'every value of the configuration and where it was said, instead', false)
    .action(async (bosslet: string | undefined, { printConfig }: { printConfig: boolean }) => {
      const { lines, exitCode } = printConfig
        ? await (await import('./commands/printConfig.ts')).printConfig(bosslet, flags(), signal)
        : await (await import('./commands/open.ts')).doctor(bosslet, signal, flags());
      print(lines);
      exitWith(exitCode);
    });
  program
    .command('releases')
    .argument('[bosslet]')
    .description('open and past releases on this machine')
    .action(async (bosslet: string | undefined) => {
      const { knownReleases, releaseLines } = await import('./commands/releases.ts');
      print(releaseLines(await knownReleases(bosslet)));
    });
  program
    .command('report')
    .argument('[release]', 'its id; none: the newest')
    .description('the record of a release as text')
    .action(async (release: string | undefined) => {
      const { report } = await import('./commands/report.ts');
      print(await report(release));
    });
  return program;
}

const print = (lines: readonly string[]): void => {
  // Whoever read it has seen enough (`| head`).
  process.stdout.once('error', () => process.exit(1));
  process.stdout.write(`${lines.join('\n')}\n`);
};
