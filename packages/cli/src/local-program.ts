import type { Command } from 'commander';
import type { DemoOptions } from './commands/demo.ts';
import type { LocalCloudOptions } from './commands/local-cloud.ts';

/** Adds the commands that need nothing but this machine. */
export function addLocalCommands(
  program: Command,
  signal: AbortSignal,
  done: (exitCode: number) => void,
): void {
  program
    .command('demo')
    .description('all five operations on sample photos, on this machine: see out/demo/index.html')
    .option('--photo <file>', 'your own picture instead of the samples')
    .option('--out <folder>', 'where the results go', 'out/demo')
    .option('--json', 'print the summary as JSON')
    .action(async (options: DemoOptions) => {
      const { demo } = await import('./commands/demo.ts');
      done(await demo(options, signal));
    });

  program
    .command('dev')
    .description('keep Pub/Sub, Cloud Storage, Triton and five workers running on this machine')
    .option('--json', 'print the endpoints as one line of JSON')
    .action(async (options: { json?: boolean }) => {
      const { dev } = await import('./commands/dev.ts');
      done(await dev(options, signal));
    });

  program
    .command('local-cloud')
    .description('keep only Pub/Sub and Cloud Storage running, e.g. in a container beside workers')
    .option('--host <address>', 'where they listen', '127.0.0.1')
    .option('--pubsub-port <port>', 'port of Pub/Sub', '8085')
    .option('--storage-port <port>', 'port of Cloud Storage', '4443')
    .option('--json', 'print the environment as one line of JSON')
    .action(async (options: LocalCloudOptions) => {
      const { localCloud } = await import('./commands/local-cloud.ts');
      done(await localCloud(options, signal));
    });
}
