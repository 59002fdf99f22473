// Starts the server whose source is given, prints its port and lives on until it is killed.
import process from 'node:process';
import { startBound } from './bound-server.ts';

const command = [process.execPath, '-e', process.argv[2] ?? ''];
const { ready } = await startBound(command, /ready on (\d+)/);
process.stdout.write(`${ready[1]}\n`);
