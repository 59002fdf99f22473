import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findPython, type PythonFacts } from '../../../src/triton/python.ts';

/** An interpreter that says of itself what a test wants, works like the real one, and whose pip installs next to nothing. */
export interface FakePython {
  /** Absolute path. */
  readonly path: string;
  /** How often its pip has begun to install. */
  installs(): Promise<number>;
  /** Lets the installs that wait, and all later ones, go on. */
  letInstall(): Promise<void>;
}

/** What pip leaves of Triton's wheel as far as an installation looks into it. */
const WHEEL = [
  'backends/python/libtriton_python.so',
  'python_backend_stubs/VERSION/triton_python_backend_stub',
];

/** Makes one in `folder`. `pip` is the shell command that its pip runs first; by default it waits for `letInstall`. */
export async function fakePython(
  folder: string,
  pip: string = `while [ ! -e ${folder}/go ]; do sleep 0.02; done`,
): Promise<FakePython> {
  const real = await findPython();
  const path = join(folder, 'python3');
  const facts: PythonFacts = { ...real, executable: path, ensurepip: false, pip: '24.0' };
  await writeFile(join(folder, 'facts.json'), JSON.stringify(facts));
  await writeFile(path, script(folder, real, pip), { mode: 0o755 });
  return {
    path,
    installs: async () => {
      const log = await readFile(join(folder, 'installs'), 'utf8').catch(() => '');
      return log.split('\n').length - 1;
    },
    letInstall: async () => writeFile(join(folder, 'go'), ''),
  };
}

/** The calls that matter: `-I -c <probe>` asks for its facts, `-I -m pip --python <venv>/bin/python3 install ...` installs. */
function script(folder: string, real: PythonFacts, pip: string): string {
  const site = `$(dirname "$(dirname "$5")")/lib/python${real.version}/site-packages`;
  const files = WHEEL.map((file) => file.replace('VERSION', real.version));
  return `#!/bin/sh
case "$2 $3" in
  "-c "*) cat ${folder}/facts.json; exit;;
  "-m pip") ;;
  *) exec ${real.executable} "$@";;
esac
echo pip >> ${folder}/installs
${pip}
site=${site}
for file in ${files.join(' ')}; do
  mkdir -p "$site/pytriton/tritonserver/$(dirname $file)"
  echo > "$site/pytriton/tritonserver/$file"
done
mkdir -p "$site/nvidia_pytriton.libs"
`;
}
