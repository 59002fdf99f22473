import { Command, Option } from 'commander';
import type { ShowOptions } from './commands/dlq-list.ts';
import type { DeadLetterOptions } from './dead-letters.ts';

/** `imagen dlq`: what operators do with dead letters. Parameters as in `buildProgram`. */
export function buildDlqProgram(signal: AbortSignal, done: (exitCode: number) => void): Command {
  const dlq = new Command('dlq').description('dead letters: jobs that could not be delivered');

  filtered(dlq.command('list').description('list dead letters; nothing is consumed')).action(
    async (operation: string | undefined, options: DeadLetterOptions) => {
      const { listDeadLetters } = await import('./commands/dlq-list.ts');
      done(await listDeadLetters(operation, options, signal));
    },
  );

  dlq
    .command('show')
    .description("show a job's dead letters and its record; nothing is consumed")
    .argument('<jobId>')
    .argument('[operation]', 'default: look in all of them')
    .addOption(quiet())
    .option('--json', 'print JSON')
    .action(async (jobId: string, operation: string | undefined, options: ShowOptions) => {
      const { showDeadLetter } = await import('./commands/dlq-list.ts');
      done(await showDeadLetter(jobId, operation, options, signal));
    });

  filtered(dlq.command('redrive').description('publish dead letters again as jobs'))
    .option('--yes', 'do it; without it only say what would be done')
    .action(async (operation: string | undefined, options: DeadLetterOptions) => {
      const { redriveDeadLetters } = await import('./commands/dlq-redrive.ts');
      done(await redriveDeadLetters(operation, options, signal));
    });

  filtered(dlq.command('purge').description('drop dead letters; failed records stay'))
    .option('--yes', 'do it; without it only say what would be done')
    .action(async (operation: string | undefined, options: DeadLetterOptions) => {
      const { purgeDeadLetters } = await import('./commands/dlq-purge.ts');
      done(await purgeDeadLetters(operation, options, signal));
    });

  return dlq;
}

function filtered(command: Command): Command {
  return command
    .argument('[operation]', 'default: all of them')
    .option('--job-id <id>', 'only those of this job')
    .option('--limit <n>', 'at most so many per operation', '1000')
    .addOption(quiet())
    .option('--json', 'print JSON');
}

function quiet(): Option {
  const meaning = 'a subscription that delivers nothing for this long has nothing';
  return new Option('--quiet-ms <n>', meaning).default('1500');
}
