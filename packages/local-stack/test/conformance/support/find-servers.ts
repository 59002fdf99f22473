import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';

/** A program that can be started, and what to call it. */
export interface Found {
  readonly name: string;
  readonly file: string;
}

const LAUNCHER = join('platform', 'pubsub-emulator', 'bin', 'cloud-pubsub-emulator');

/** The official Pub/Sub emulator of a gcloud installation. */
export async function findPubSubEmulator(): Promise<Found | undefined> {
  const { CLOUDSDK_ROOT, CLOUDSDK_ROOT_DIR } = process.env;
  const told = [CLOUDSDK_ROOT, CLOUDSDK_ROOT_DIR].filter((root) => root !== undefined);
  const usual = ['/usr/lib', '/usr/lib64', '/usr/share', '/opt', homedir()];
  const roots = [...told, ...usual.map((folder) => join(folder, 'google-cloud-sdk'))];
  const at = (root: string) => join(root, LAUNCHER);
  let file = roots.map(at).find((launcher) => existsSync(launcher));
  if (file === undefined) {
    // Last, because gcloud takes a second or two.
    const root = await output('gcloud', ['info', '--format=value(installation.sdk_root)']);
    if (root !== '' && existsSync(at(root))) file = at(root);
  }
  if (file === undefined) return undefined;
  const jars = readdirSync(join(dirname(file), '..', 'lib')).join('\n');
  const version = /^cloud-pubsub-emulator-(.+)-all\.jar$/m.exec(jars)?.[1];
  return { name: `official emulator ${version ?? 'of unknown version'}`, file };
}

/** A fake-gcs-server on the PATH or where Go installs programs. */
export async function findFakeGcsServer(): Promise<Found | undefined> {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  folders.push(join((await output('go', ['env', 'GOPATH'])) || join(homedir(), 'go'), 'bin'));
  const files = folders.map((folder) => join(folder, 'fake-gcs-server'));
  const file = files.find((candidate) => existsSync(candidate));
  if (file === undefined) return undefined;
  const build = await output('go', ['version', '-m', file]);
  const version = /\tmod\t\S+fake-gcs-server\tv?(\S+)/.exec(build)?.[1];
  return { name: `fake-gcs-server ${version ?? 'of unknown version'}`, file };
}

/** What a command prints, without the line end; nothing if it is not there or fails. */
async function output(command: string, args: readonly string[]): Promise<string> {
  return promisify(execFile)(command, args).then(
    ({ stdout }) => stdout.trim(),
    () => '',
  );
}
