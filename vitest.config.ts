import { defineConfig } from 'vitest/config';

// Vitest passes these on to its workers as `node --conditions ...`, so list only ours:
// adding Vite's defaults ('module', ...) makes Node.js pick bundler-only builds of dependencies.
const conditions = ['@imagen/source'];

export default defineConfig({
  ssr: { resolve: { conditions } },
  test: {
    // Nothing here runs on Google Cloud: do not look for its metadata server.
    env: { METADATA_SERVER_DETECTION: 'none' },
    // Test files mostly wait for processes of their own: two at a time halve the time on two cores.
    maxWorkers: 2,
    reporters: ['default', './scripts/summary-reporter.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [
            '{packages/*/,}test/**/*.test.ts',
            '{bench,bench/baselines,chaos,hostile}/*.test.ts',
          ],
          exclude: ['**/*.integration.test.ts'],
          testTimeout: 20_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['{packages/*/,}test/**/*.integration.test.ts', 'bench/*.integration.test.ts'],
          globalSetup: ['./packages/local-stack/test/support/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
