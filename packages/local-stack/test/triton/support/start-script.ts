// Starts Triton with the model repository given, prints its process id and lives on.
import process from 'node:process';
import { startTriton } from '../../../src/triton/index.ts';

const server = await startTriton({
  modelRepositories: process.argv.slice(2),
  models: ['tensor_views'],
});
process.stdout.write(`${server.pid}\n`);
