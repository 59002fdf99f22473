import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// `npm run test:conformance`: the suites against ours and against the servers that others made.
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  ssr: { resolve: { conditions: ['@imagen/source'] } },
  test: {
    env: { METADATA_SERVER_DETECTION: 'none' },
    reporters: ['verbose', '../../scripts/summary-reporter.ts'],
    include: ['test/*/conformance.test.ts', 'test/*/*.conformance.ts'],
    globalSetup: ['test/conformance/support/global-setup.ts'],
    // Tests of a server with real time wait for it all together.
    maxConcurrency: 200,
    testTimeout: 60_000,
  },
});
