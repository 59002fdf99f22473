import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// `npm run test:images`: builds the images and runs them with compose, where a Docker engine answers.
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  ssr: { resolve: { conditions: ['@imagen/source'] } },
  test: {
    reporters: ['verbose', './scripts/summary-reporter.ts'],
    include: ['test/images/*.docker.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
