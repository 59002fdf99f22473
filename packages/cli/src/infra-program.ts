import { Command, Option } from 'commander';
import type { ApplyOptions } from './commands/infra-apply.ts';
import type { DestroyOptions } from './commands/infra-destroy.ts';
import type { PlanOptions } from './commands/infra-plan.ts';

const collect = (value: string, values: string[]): string[] => [...values, value];

/** `imagen infra`: what the fleet needs in a Google Cloud project. Parameters as in `buildProgram`. */
export function buildInfraProgram(signal: AbortSignal, done: (exitCode: number) => void): Command {
  const infra = new Command('infra').description(
    'what imagen needs in a Google Cloud project: topics, subscriptions, buckets, IAM',
  );

  targeted(infra.command('plan').description('say what apply would do; nothing is changed'))
    .option('--json', 'print JSON')
    .action(async (options: PlanOptions) => {
      const { plan } = await import('./commands/infra-plan.ts');
      done(await plan(options));
    });

  targeted(infra.command('apply').description('create what is missing, change what has drifted'))
    .option('--yes', 'do not ask')
    .addOption(
      new Option('--emit <tool>', 'print a shell script instead; nothing is contacted').choices([
        'gcloud',
      ]),
    )
    .action(async (options: ApplyOptions) => {
      const { apply } = await import('./commands/infra-apply.ts');
      done(await apply(options, signal));
    });

  targeted(infra.command('destroy').description('delete all of it; buckets must be empty'))
    .option('--yes', 'do not ask')
    .action(async (options: DestroyOptions) => {
      const { destroy } = await import('./commands/infra-destroy.ts');
      done(await destroy(options, signal));
    });

  return infra;
}

function targeted(command: Command): Command {
  return command
    .option('--project <id>', 'default: GOOGLE_CLOUD_PROJECT')
    .option('--project-number <n>', 'default: looked up')
    .option('--location <location>', 'of new buckets, for example europe-west4')
    .option('--results-days <n>', 'delete results after so many days; records stay')
    .option(
      '--source-bucket <name>',
      "a bucket of others that jobs' sources are in (repeatable)",
      collect,
      [],
    );
}
