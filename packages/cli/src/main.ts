#!/usr/bin/env node
import process from 'node:process';
import { UsageError } from './usage-error.ts';
import { say } from './output.ts';
import { buildProgram } from './program.ts';

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => interrupted.abort());
}

let exitCode = 0;
try {
  const program = buildProgram(interrupted.signal, (code) => (exitCode = code));
  await program.parseAsync();
} catch (error) {
  exitCode = error instanceof UsageError ? 2 : 1;
  if (interrupted.signal.aborted) exitCode = 130;
  else if (error instanceof UsageError) say(`imagen: ${error.message}`);
  else say(error instanceof Error ? (error.stack ?? error.message) : String(error));
}
process.exit(exitCode);
