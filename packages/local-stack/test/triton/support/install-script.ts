// Installs Triton into the cache folder given, with the Python given; prints the progress and then the result.
import process from 'node:process';
import { installTriton } from '../../../src/triton/index.ts';

const [cacheDir = '', python] = process.argv.slice(2);
const onProgress = (line: string): boolean => process.stdout.write(`${line}\n`);
const installation = await installTriton({ cacheDir, onProgress, ...(python && { python }) });
process.stdout.write(`${installation.executable}\n`);
