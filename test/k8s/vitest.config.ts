import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// `npm run test:k8s`: applies k8s/ to a real API server, where Go (or what it has built before) and kubectl are.
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  ssr: { resolve: { conditions: ['@imagen/source'] } },
  test: {
    reporters: ['verbose', './scripts/summary-reporter.ts'],
    include: ['test/k8s/*.cluster.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
