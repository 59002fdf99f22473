import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { ROOT, runs } from '../../support/repository.ts';

const run = promisify(execFile);

/** A project and ports of its own: what a person runs beside it is left alone. */
const ENVIRONMENT = {
  ...process.env,
  DOCKER_BUILDKIT: '1',
  COMPOSE_PROJECT_NAME: 'imagen-test',
  COMPOSE_PROFILES: 'cpu',
  IMAGEN_PUBSUB_PORT: '18085',
  IMAGEN_STORAGE_PORT: '14443',
};

/** Why images cannot be built and run here; undefined when they can. Base images come from this machine or their registry. */
export function dockerProblem(baseImages: readonly string[]): string | undefined {
  if (!runs('docker', 'info')) return 'no Docker engine answers';
  if (!runs('docker', 'compose', 'version')) return 'docker has no compose';
  const missing = baseImages.filter((image) => !isHere(image));
  return missing.length === 0 ? undefined : `cannot be had: ${missing.join(', ')}`;
}

function isHere(image: string): boolean {
  if (runs('docker', 'image', 'inspect', image)) return true;
  try {
    execFileSync('docker', ['pull', '--quiet', image], { stdio: 'ignore', timeout: 300_000 });
    return true;
  } catch {
    return false;
  }
}

/** What `docker <args>` prints, e.g. `docker('compose', 'up')` in the test's own project. @throws Error with what it says when it fails */
export async function docker(...args: readonly string[]): Promise<string> {
  const options = { cwd: ROOT, env: ENVIRONMENT, maxBuffer: 64 * 1024 * 1024 };
  return (await run('docker', args, options)).stdout.trim();
}

/** Ids of all containers of the test's project, ended ones too. */
async function containers(): Promise<string[]> {
  return (await docker('compose', 'ps', '--all', '--quiet')).split('\n');
}

/** One line per container, filled in by a template of `docker inspect`. */
export async function inspect(template: string): Promise<string[]> {
  return (await docker('inspect', '--format', template, ...(await containers()))).split('\n');
}
