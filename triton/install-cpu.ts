// Installs the CPU Triton that tests and laptops use, and writes a command `tritonserver` for it.
//   node triton/install-cpu.ts <folder> <command>
import { chmod, writeFile } from 'node:fs/promises';
import process from 'node:process';
import { installTriton } from '../packages/local-stack/src/triton/install.ts';

const [cacheDir = '', command = ''] = process.argv.slice(2);
const say = (line: string): boolean => process.stdout.write(`${line}\n`);
const { executable, backendDir, paths } = await installTriton({ cacheDir, onProgress: say });
const script = `#!/bin/sh
export PATH=${paths.PATH}:$PATH LD_LIBRARY_PATH=${paths.LD_LIBRARY_PATH}
exec ${executable} --backend-directory=${backendDir} --allow-gpu-metrics=false "$@"
`;
await writeFile(command, script);
await chmod(command, 0o755);
