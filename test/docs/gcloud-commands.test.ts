import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hasGcloud } from '../cloudbuild/support/gcloud.ts';
import { text } from '../support/repository.ts';

describe.skipIf(!hasGcloud)('docs/deploy-gke.md (needs gcloud)', () => {
  const commands = commandsOf(text('docs/deploy-gke.md'));

  it('has only commands that gcloud knows, with flags that they have', () => {
    expect(commands.length).toBeGreaterThan(20);
    expect(problemsOf(commands)).toEqual([]);
  });

  it('would be found out with a misspelt flag', () => {
    expect(problemsOf(['gcloud pubsub topics create any --labls=a=b'])).toHaveLength(1);
  });
});

/** Every gcloud command of a page, lines that are continued put together, what a shell fills in replaced. */
function commandsOf(page: string): string[] {
  const lines = page.replaceAll(/\\\n\s*/g, '').replaceAll(/^\w+=\$\((.*)\)$/gm, '$1');
  const commands = [...lines.matchAll(/^ *(gcloud .*)$/gm)].map(([, command = '']) => command);
  return commands.map((command) => command.replaceAll(/\$\([^)]*\)|\$\w+/g, 'value'));
}

/** What gcloud's parser says of commands, which it does not run: one line each. */
function problemsOf(commands: readonly string[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'imagen-docs-'));
  const file = join(folder, 'commands.json');
  try {
    writeFileSync(file, JSON.stringify(commands.map((command) => ({ command_string: command }))));
    const args = ['meta', 'lint-gcloud-commands', `--commands-file=${file}`];
    const output = execFileSync('gcloud', args, { encoding: 'utf8', maxBuffer: 1e8 });
    const verdicts = JSON.parse(output) as { success: boolean; error_message: string | null }[];
    return verdicts.flatMap((verdict, index) =>
      verdict.success ? [] : `${commands[index]}: ${verdict.error_message}`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
