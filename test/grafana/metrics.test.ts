import { globSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createMetrics } from '../../packages/worker/src/telemetry/metrics.ts';
import { ROOT, text } from '../support/repository.ts';

const FILES = globSync(['grafana/dashboards/*.json', 'grafana/rules/*.yaml'], { cwd: ROOT });

it.each(FILES)('%s names only metrics that the worker program exports', async (file) => {
  const exported = new Set(
    (await createMetrics().registry.getMetricsAsJSON()).map(({ name }) => name),
  );
  const named = new Set(text(file).match(/\bimagen_[a-z_]+/g));
  const unknown = [...named].filter(
    (name) => !exported.has(name) && !exported.has(name.replace(/_(bucket|sum|count)$/, '')),
  );
  expect(unknown).toEqual([]);
});
