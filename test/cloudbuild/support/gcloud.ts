import { execFileSync, spawnSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';

/** The folder of gcloud's own sources; undefined without gcloud. */
const LIBRARY = findLibrary();

/** Whether this machine has gcloud, whose parser can be asked without a cloud. */
export const hasGcloud: boolean = LIBRARY !== undefined;

const PARSE = `
import os, sys, tempfile
sys.path[:0] = [sys.argv[1], os.path.join(sys.argv[1], "third_party")]
from googlecloudsdk.api_lib.cloudbuild import cloudbuild_util, config
with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
    file.write(sys.stdin.read())
    file.flush()
    config.LoadCloudbuildConfigFromPath(file.name, cloudbuild_util.GetMessagesModule(), params={})
`;

/** What gcloud's parser says of a Cloud Build file; empty when it takes it. */
export function gcloudProblem(text: string): string {
  const args = ['-W', 'ignore', '-c', PARSE, LIBRARY ?? ''];
  const { status, stderr } = spawnSync(pythonOfGcloud(), args, { input: text, encoding: 'utf8' });
  return status === 0 ? '' : stderr;
}

function findLibrary(): string | undefined {
  for (const folder of (process.env['PATH'] ?? '').split(':')) {
    try {
      const library = join(dirname(dirname(realpathSync(join(folder, 'gcloud')))), 'lib');
      realpathSync(join(library, 'googlecloudsdk/api_lib/cloudbuild/config.py'));
      return library;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

function pythonOfGcloud(): string {
  const args = ['info', '--format=value(basic.python_location)'];
  return execFileSync('gcloud', args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
}
