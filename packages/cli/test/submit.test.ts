import { beforeEach, expect, it, vi } from 'vitest';
import { UsageError } from '../src/usage-error.ts';
import { status } from '../src/commands/status.ts';
import { submit } from '../src/commands/submit.ts';

const PHOTO = 'samples/chelsea.jpg';

beforeEach(() => {
  // Nobody listens there, and nobody is asked: what is wrong here is found before.
  vi.stubEnv('PUBSUB_EMULATOR_HOST', '127.0.0.1:1');
  vi.stubEnv('STORAGE_EMULATOR_HOST', 'http://127.0.0.1:1');
  vi.stubEnv('GOOGLE_CLOUD_PROJECT', 'test');
  vi.stubEnv('IMAGEN_RESULTS_BUCKET', 'test-results');
  vi.stubEnv('IMAGEN_SOURCES_BUCKET', 'test-sources');
  return () => vi.unstubAllEnvs();
});

it.each([
  ['an operation that does not exist', ['sharpen', PHOTO], {}, 'expected one of upscale'],
  ['a param that does not exist', ['comic', PHOTO], { param: ['speed=9'] }, 'speed'],
  ['a param out of its range', ['comic', PHOTO], { param: ['levels=99'] }, 'params.levels'],
  ['a param without a value', ['comic', PHOTO], { param: ['levels'] }, 'expected key=value'],
  ['a file that does not exist', ['comic', '/none.jpg'], {}, 'cannot read /none.jpg'],
  ['a URI that is none', ['comic', 'gs://x'], {}, 'expected gs://bucket/object'],
  ['a jobId that cannot be one', ['comic', PHOTO], { jobId: 'a/b' }, '--job-id: expected 1 to 128'],
] as const)('submit refuses %s before anything is sent', async (_, args, options, problem) => {
  const { signal } = new AbortController();
  const submitted = submit(args, { param: [], ...options }, signal);
  await expect(submitted).rejects.toThrow(UsageError);
  await expect(submitted).rejects.toThrow(problem);
});

it('a command without the environment of a cloud names every variable that is missing', async () => {
  vi.stubEnv('GOOGLE_CLOUD_PROJECT', '');
  vi.stubEnv('IMAGEN_RESULTS_BUCKET', '');
  await expect(status('cat', {}, new AbortController().signal)).rejects.toThrow(
    'not set: GOOGLE_CLOUD_PROJECT, IMAGEN_RESULTS_BUCKET. For a local cloud run "imagen dev"',
  );
});
