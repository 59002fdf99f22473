import { Command } from 'commander';
import { OPERATION_NAMES } from '@imagen/contracts';
import type { SubmitOptions } from './commands/submit.ts';
import { buildDlqProgram } from './dlq-program.ts';
import { buildInfraProgram } from './infra-program.ts';
import { addLocalCommands } from './local-program.ts';

const collect = (value: string, values: string[]): string[] => [...values, value];

/** The `imagen` program. Commands are loaded when they are called: help must not wait for the cloud's libraries. Every action resolves with its exit code, handed to `done`; `signal` is Ctrl-C. */
export function buildProgram(signal: AbortSignal, done: (exitCode: number) => void): Command {
  const program = new Command('imagen').description('Image jobs on one shared Triton.');

  addLocalCommands(program, signal, done);
  addJobCommands(program, signal, done);
  return program
    .addCommand(buildDlqProgram(signal, done))
    .addCommand(buildInfraProgram(signal, done));
}

function addJobCommands(
  program: Command,
  signal: AbortSignal,
  done: (exitCode: number) => void,
): void {
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
}
