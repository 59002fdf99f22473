import { Command } from 'commander';
import { OPERATION_NAMES } from '@imagen/contracts';
import type { DemoOptions } from './commands/demo.ts';
import type { SubmitOptions } from './commands/submit.ts';
import { buildDlqProgram } from './dlq-program.ts';

const collect = (value: string, values: string[]): string[] => [...values, value];

/** The `imagen` program. Commands are loaded when they are called: help must not wait for the cloud's libraries. Every action resolves with its exit code, handed to `done`; `signal` is Ctrl-C. */
export function buildProgram(signal: AbortSignal, done: (exitCode: number) => void): Command {
  const program = new Command('imagen').description('Image jobs on one shared Triton.');

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
    .command('submit')
    .description('publish a job')
    .argument('<operation>', OPERATION_NAMES.join(' | '))
    .argument('<source>', 'a file, or gs://bucket/object')
    .option('--param <key=value>', 'a param of the operation (repeatable)', collect, [])
    .option('--job-id <id>', 'default: made up')
    .option('--wait', 'until the job has ended')
    .option('--out <path>', 'wait, and write the result here, in the format of its extension')
    .option('--json', 'print JSON')
    .action(async (operation: string, source: string, options: SubmitOptions) => {
      const { submit } = await import('./commands/submit.ts');
      done(await submit([operation, source], options, signal));
    });

  program
    .command('status')
    .description("show a job's terminal record")
    .argument('<jobId>')
    .option('--json', 'print the record as JSON')
    .action(async (jobId: string, options: { json?: boolean }) => {
      const { status } = await import('./commands/status.ts');
      done(await status(jobId, options, signal));
    });

  return program.addCommand(buildDlqProgram(signal, done));
}
