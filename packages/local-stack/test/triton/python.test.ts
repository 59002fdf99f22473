import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { findPython, type PythonFacts, pythonProblem } from '../../src/triton/python.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const USABLE: PythonFacts = {
  executable: '/usr/bin/python3',
  version: '3.12',
  freeThreaded: false,
  libpython: '/usr/lib/x86_64-linux-gnu/libpython3.12.so.1.0',
  missingModules: [],
  ensurepip: true,
  pip: null,
};

it.each(['3.10', '3.11', '3.12', '3.13'])('accepts Python %s', (version) => {
  expect(pythonProblem({ ...USABLE, version })).toBeUndefined();
});

it('accepts a Python without ensurepip whose own pip can install into another environment', () => {
  expect(pythonProblem({ ...USABLE, ensurepip: false, pip: '22.3' })).toBeUndefined();
});

it.each<[Partial<PythonFacts>, string, RegExp]>([
  [
    { version: '3.9' },
    'UNSUPPORTED_PYTHON',
    /is Python 3\.9, .* apt install python3-venv libpython3-dev/,
  ],
  [
    { version: '3.14' },
    'UNSUPPORTED_PYTHON',
    /is Python 3\.14, Triton needs one of 3\.10 to 3\.13/,
  ],
  [{ freeThreaded: true }, 'UNSUPPORTED_PYTHON', /is a free-threaded build/],
  [
    { libpython: null },
    'NO_LIBPYTHON',
    /no shared library libpython3\.12\.so\.1\.0\. .*apt install libpython3\.12;/,
  ],
  [
    { missingModules: ['_ctypes'] },
    'INCOMPLETE_PYTHON',
    /was built without _ctypes\. .* libffi-dev/,
  ],
  [
    { ensurepip: false },
    'NO_PIP',
    /neither venv with ensurepip nor pip 22\.3 .* apt install python3-venv/,
  ],
  [{ ensurepip: false, pip: '22.0.2' }, 'NO_PIP', /nor pip 22\.3 or newer/],
])('says what a Python lacks with %o', (facts, code, message) => {
  const problem = pythonProblem({ ...USABLE, ...facts });
  expect(problem).toMatchObject({ code, message: expect.stringMatching(message) });
  expect(problem?.message).toMatch(/^\/usr\/bin\/python3 /);
});

it('finds a usable Python on this machine', async () => {
  expect(pythonProblem(await findPython())).toBeUndefined();
});

it('names the packages to install when there is no Python', async () => {
  await expect(findPython('no-such-python')).rejects.toMatchObject({
    code: 'NO_PYTHON',
    message: expect.stringMatching(/there is no no-such-python\. Debian, Ubuntu: apt install/),
  });
});

it.each([
  ['echo "cannot execute: required file not found" >&2; exit 127', 'required file not found'],
  ['echo hello', 'SyntaxError'],
  ['exit 3', 'it ended with code 3'],
])('says that an interpreter does not run when all it does is `%s`', async (command, text) => {
  await using folder = await temporaryFolder();
  const python = join(folder.path, 'python3');
  await writeFile(python, `#!/bin/sh\n${command}\n`, { mode: 0o755 });
  const message = expect.stringContaining(text);
  await expect(findPython(python)).rejects.toMatchObject({ code: 'BROKEN_PYTHON', message });
});
