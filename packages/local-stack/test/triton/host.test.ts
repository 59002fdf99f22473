import fc from 'fast-check';
import { expect, it } from 'vitest';
import { hostFacts, hostProblem, isAtLeast, pathProblem } from '../../src/triton/host.ts';
import { installTriton } from '../../src/triton/index.ts';

const USABLE = { platform: 'linux', arch: 'x64', glibc: '2.36' };

it('accepts Linux on x86_64 and aarch64 with glibc 2.35, and this machine', () => {
  expect(hostProblem(USABLE)).toBeUndefined();
  expect(hostProblem({ ...USABLE, arch: 'arm64', glibc: '2.35' })).toBeUndefined();
  expect(hostProblem(hostFacts())).toBeUndefined();
});

it.each([
  [{ platform: 'darwin' }, 'UNSUPPORTED_PLATFORM', 'runs on Linux only, this is darwin'],
  [
    { platform: 'win32' },
    'UNSUPPORTED_PLATFORM',
    'use a Linux machine, a Linux container or WSL 2',
  ],
  [{ arch: 'ia32' }, 'UNSUPPORTED_CPU', 'needs an x86_64 or aarch64 CPU'],
  [{ glibc: '2.31' }, 'UNSUPPORTED_GLIBC', 'this system has glibc 2.31: use Debian 12'],
  [{ glibc: undefined }, 'UNSUPPORTED_GLIBC', 'this system has another C library'],
])('says that it cannot use %o', (facts, code, text) => {
  const problem = hostProblem({ ...USABLE, ...facts });
  expect(problem).toMatchObject({ code, message: expect.stringContaining(text) });
});

it('compares versions by numbers, not by letters', () => {
  expect(isAtLeast('22.3', [22, 3])).toBe(true);
  expect(isAtLeast('22.10.1', [22, 3])).toBe(true);
  expect(isAtLeast('3.40', [22, 3])).toBe(false);
  expect(isAtLeast('22.2', [22, 3])).toBe(false);
});

it('refuses every path with a character that means something to a shell', () => {
  const special = fc.constantFrom(...' \t\n!"#$%&\'()*,:;<=>?@[\\]^`{|}~éüß'.split(''));
  const word = fc.stringMatching(/^[\w./+-]*$/);
  const property = fc.property(word, special, word, (before, character, after) => {
    expect(pathProblem(`/${before}${after}`, 'move it')).toBeUndefined();
    expect(pathProblem(`/${before}${character}${after}`, 'move it')?.code).toBe('UNSUITABLE_PATH');
  });
  fc.assert(property);
});

it.each([
  ['/tmp/two words', 'letters of A to Z, digits and _ . / + - in it; set IMAGEN_CACHE_DIR'],
  ['/dev/null/cache', 'cannot write to the cache folder /dev/null/cache'],
])('says which cache folder to set instead of %s', async (cacheDir, text) => {
  const message = expect.stringContaining(text);
  await expect(installTriton({ cacheDir })).rejects.toMatchObject({
    code: 'UNSUITABLE_PATH',
    message,
  });
});
