import { ERROR_CODES } from '@imagen/contracts';
import { expect, it } from 'vitest';
import { createMetrics, startAtZero } from '../../src/telemetry/metrics.ts';
import { STAGES } from '../../src/telemetry/stopwatch.ts';

it('every outcome of an operation is exported before it happens: its first growth is seen', async () => {
  const metrics = createMetrics();
  startAtZero(metrics, 'comic', ['style_comic']);
  const { values } = await metrics.jobs.get();
  expect(values.map(({ labels, value }) => [labels.outcome, value])).toEqual(
    ['succeeded', ...ERROR_CODES].map((outcome) => [outcome, 0]),
  );
});

it('what has been counted stays when it is started again', async () => {
  const metrics = createMetrics();
  metrics.jobs.inc({ operation: 'comic', outcome: 'succeeded' });
  startAtZero(metrics, 'comic', ['style_comic']);
  expect((await metrics.jobs.get()).values).toContainEqual({
    labels: { operation: 'comic', outcome: 'succeeded' },
    value: 1,
  });
});

it('every stage of a job is exported before the first job', async () => {
  const metrics = createMetrics();
  startAtZero(metrics, 'comic', ['style_comic']);
  const { values } = await metrics.stageDuration.get();
  const counts = values.filter(({ metricName }) => metricName?.endsWith('_count'));
  expect(counts.map(({ labels, value }) => [labels.stage, value])).toEqual(
    STAGES.map((stage) => [stage, 0]),
  );
});

it('requests to a model are exported before the first one', async () => {
  const metrics = createMetrics();
  startAtZero(metrics, 'comic', ['style_comic']);
  const { values } = await metrics.tritonRequestDuration.get();
  const counts = values.filter(({ metricName }) => metricName?.endsWith('_count'));
  expect(counts).toMatchObject([{ value: 0, labels: { model: 'style_comic', code: 'OK' } }]);
});
