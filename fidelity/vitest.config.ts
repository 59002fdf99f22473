import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// `npm run test:fidelity`, first part: every model, tiled by the worker and whole, through a real Triton.
export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  ssr: { resolve: { conditions: ['@imagen/source'] } },
  test: {
    env: { METADATA_SERVER_DETECTION: 'none' },
    reporters: ['default', './scripts/summary-reporter.ts'],
    // The table stands by itself.
    disableConsoleIntercept: true,
    include: ['fidelity/*.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
