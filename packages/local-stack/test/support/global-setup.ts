import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { startTriton } from '../../src/triton/index.ts';

const MODEL_REPOSITORY = fileURLToPath(
  new URL('../../../../triton/model_repository', import.meta.url),
);

declare module 'vitest' {
  interface ProvidedContext {
    /** The one Triton of all integration tests, with every model of `triton/model_repository`: `inject('triton')`. */
    triton: {
      /** `127.0.0.1:<port>` */
      readonly grpcAddress: string;
      readonly httpUrl: string;
      readonly metricsUrl: string;
    };
  }
}

/** Starts Triton before the first integration test and stops it after the last. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const triton = await startTriton({
    modelRepositories: [MODEL_REPOSITORY],
    onProgress: (line) => process.stderr.write(`${line}\n`),
  });
  const { grpcAddress, httpUrl, metricsUrl } = triton;
  project.provide('triton', { grpcAddress, httpUrl, metricsUrl });
  return async () => triton.stop();
}
