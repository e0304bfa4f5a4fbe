import type { EventBridgeAct, EventBridgeRead } from '../doors.ts';
import { isAbsent } from './awsError.ts';
import type { Connection } from './connection.ts';

export function createEventBridge(connection: Connection): EventBridgeRead & EventBridgeAct {
  const run = connection.service(async (config) => {
    const sdk = await import('./sdk/eventBridge.ts');
    return { sdk, client: new sdk.EventBridgeClient(config) };
  });
  return {
    describeRule: (name, signal) =>
      run(signal, async ({ sdk, client }, options) => {
        try {
          const rule = await client.send(new sdk.DescribeRuleCommand({ Name: name }), options);
          return { name: rule.Name ?? name, state: rule.State ?? '' };
        } catch (error) {
          if (isAbsent(error, ['ResourceNotFoundException'])) return undefined;
          throw error;
        }
      }),
    disableRule: (name, signal) =>
      run(signal, async ({ sdk, client }, options) => {
        await client.send(new sdk.DisableRuleCommand({ Name: name }), options);
      }),
  };
}
