import { runToEnd } from './child-process.ts';
import { isAtLeast } from './host.ts';
import { TritonInstallError, type TritonInstallErrorCode } from './install-error.ts';

/** What an interpreter says about itself. */
export interface PythonFacts {
  /** Absolute path of the interpreter: never one of a virtual environment. */
  readonly executable: string;
  /** Like `3.11`. */
  readonly version: string;
  /** Built without the global interpreter lock: other wheels. */
  readonly freeThreaded: boolean;
  /** Absolute path of its shared library; null when it was built without or the package is missing. */
  readonly libpython: string | null;
  /** Modules that installing and Triton need and that it was built without. */
  readonly missingModules: readonly string[];
  /** Can make a virtual environment with pip in it. */
  readonly ensurepip: boolean;
  /** The version of its own pip; null without one. */
  readonly pip: string | null;
}

/** Interpreters to try, best first. The last is for a PATH that a version manager has taken over. */
const CANDIDATES = [
  'python3',
  'python3.13',
  'python3.12',
  'python3.11',
  'python3.10',
  '/usr/bin/python3',
];
const VERSIONS = new Set(['3.10', '3.11', '3.12', '3.13']);
const INSTALL_PYTHON =
  'Debian, Ubuntu: apt install python3-venv libpython3-dev; Fedora: dnf install python3.13; then put it on PATH';
const PROBE_TIMEOUT_MS = 20_000;

// Prints PythonFacts as JSON, in a virtual environment those of the interpreter below it.
const PROBE = `
import sys
base = getattr(sys, "_base_executable", None) or sys.executable
if sys.prefix != sys.base_prefix and base != sys.executable:
    import os
    os.execv(base, [base, "-I", "-c", sys.argv[1], sys.argv[1]])
import importlib.util, json, os, sysconfig
version = "%d.%d" % sys.version_info[:2]
has = lambda module: importlib.util.find_spec(module) is not None
var = lambda name: sysconfig.get_config_var(name) or ""
folders = [var("LIBDIR"), sys.base_prefix + "/lib", sys.base_prefix + "/lib64", "/usr/lib/" + var("MULTIARCH"), "/usr/lib64"]
libraries = [os.path.join(folder, "libpython%s.so.1.0" % version) for folder in folders]
def pip():
    from importlib import metadata
    try: return metadata.version("pip")
    except metadata.PackageNotFoundError: return None
print(json.dumps({
    "executable": base,
    "version": version,
    "freeThreaded": bool(var("Py_GIL_DISABLED")),
    "libpython": next(filter(os.path.exists, libraries), None),
    "missingModules": [module for module in ("_ctypes", "_ssl", "fcntl", "zlib") if not has(module)],
    "ensurepip": has("venv") and has("ensurepip"),
    "pip": pip() if has("venv") else None,
}))`;

/** Why Triton cannot run with this interpreter; undefined when it can. Pure. */
export function pythonProblem(python: PythonFacts): TritonInstallError | undefined {
  const { executable, version } = python;
  const problem = (code: TritonInstallErrorCode, message: string): TritonInstallError =>
    new TritonInstallError(code, `${executable} ${message}`);
  if (!VERSIONS.has(version)) {
    return problem(
      'UNSUPPORTED_PYTHON',
      `is Python ${version}, Triton needs one of 3.10 to 3.13. ${INSTALL_PYTHON}`,
    );
  }
  if (python.freeThreaded) {
    return problem(
      'UNSUPPORTED_PYTHON',
      `is a free-threaded build, Triton needs an ordinary Python ${version}`,
    );
  }
  if (python.libpython === null) {
    return problem(
      'NO_LIBPYTHON',
      `has no shared library libpython${version}.so.1.0. Debian, Ubuntu: apt install libpython${version}; Fedora: dnf install python3-libs; pyenv: PYTHON_CONFIGURE_OPTS=--enable-shared pyenv install --force ${version}`,
    );
  }
  if (python.missingModules.length > 0) {
    return problem(
      'INCOMPLETE_PYTHON',
      `was built without ${python.missingModules.join(', ')}. Debian, Ubuntu: apt install python3; built from source: install libffi-dev libssl-dev zlib1g-dev and build it again`,
    );
  }
  // pip can install into another environment since 22.3.
  if (!python.ensurepip && !isAtLeast(python.pip ?? '0', [22, 3])) {
    return problem(
      'NO_PIP',
      `can make no virtual environment: it has neither venv with ensurepip nor pip 22.3 or newer. Debian, Ubuntu: apt install python3-venv; Fedora: dnf install python3-pip`,
    );
  }
  return undefined;
}

/** How close to usable an interpreter is: the message is about the closest one. */
const CLOSENESS: readonly TritonInstallErrorCode[] = [
  'NO_PYTHON',
  'BROKEN_PYTHON',
  'UNSUPPORTED_PYTHON',
  'NO_LIBPYTHON',
  'INCOMPLETE_PYTHON',
  'NO_PIP',
];
const closeness = ({ code }: TritonInstallError): number => CLOSENESS.indexOf(code);

/** Asks an interpreter, a path or a command on PATH, for its facts. */
async function probePython(command: string): Promise<PythonFacts | TritonInstallError> {
  const broken = (why: string): TritonInstallError => {
    const message = `${command} does not run: ${why}; install Python again or put another one first on PATH`;
    return new TritonInstallError('BROKEN_PYTHON', message);
  };
  try {
    const args = ['-I', '-c', PROBE, PROBE];
    const { code, stdout, stderr } = await runToEnd(command, args, { timeoutMs: PROBE_TIMEOUT_MS });
    if (code === 0) return JSON.parse(stdout) as PythonFacts;
    const ending = code === null ? 'it was killed' : `it ended with code ${code}`;
    return broken(stderr.trim().split('\n').at(-1) || ending);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return broken(String(error));
    const message = `Triton needs Python 3.10 to 3.13 and there is no ${command}. ${INSTALL_PYTHON}`;
    return new TritonInstallError('NO_PYTHON', message);
  }
}

/** The first usable interpreter, of `python` alone when it is given. Throws a TritonInstallError when there is none. */
export async function findPython(python?: string): Promise<PythonFacts> {
  let closest: TritonInstallError | undefined;
  for (const candidate of python === undefined ? CANDIDATES : [python]) {
    const found = await probePython(candidate);
    const problem = found instanceof TritonInstallError ? found : pythonProblem(found);
    if (!problem) return found as PythonFacts;
    closest ??= problem;
    if (closeness(problem) > closeness(closest)) closest = problem;
  }
  throw closest ?? new Error('there are always candidates');
}
