import { readFile } from 'node:fs/promises';
import { OPERATION_NAMES } from '@imagen/contracts';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { ELSEWHERE } from '../../grafana/dashboards.ts';
import { type PanelQuery, queriesOf } from '../../grafana/panel-queries.ts';
import {
  hasPrometheus,
  type PrometheusServer,
  startPrometheus,
} from '../../grafana/prometheus-server.ts';
import { RULE_GROUPS } from '../../grafana/rules.ts';
import type { LocalCloud } from '../../packages/worker/test/support/local-cloud.ts';
import {
  startWholeWorker,
  type WholeWorker,
} from '../../packages/worker/test/support/whole-worker.ts';
import { DASHBOARDS } from './support/dashboards.ts';

/** Longest that data is waited for. */
const LIMIT_MS = 40_000;

const isElsewhere = ({ expr }: PanelQuery): boolean =>
  Object.keys(ELSEWHERE).some((name) => expr.includes(name));
const queries = DASHBOARDS.flatMap((dashboard) => queriesOf(dashboard, '15s'));
const here = queries.filter((query) => !isElsewhere(query));
const rules = RULE_GROUPS.flatMap((group) => group.rules);
/** Everything that rules read and record, by name. */
const names = new Set(
  rules
    .flatMap((rule) => ('record' in rule ? [rule.expr, rule.record] : rule.expr))
    .flatMap((text) => text.match(/\b(?:imagen[_:][\w:]+|nv_\w+|up\b)/g)!),
);

describe.skipIf(!hasPrometheus)('on a real run (needs prometheus)', () => {
  let whole: WholeWorker;
  let prometheus: PrometheusServer;

  beforeAll(async () => {
    whole = await startWholeWorker(inject('triton').grpcAddress);
    const triton = [new URL(inject('triton').metricsUrl).host];
    prometheus = await startPrometheus({ worker: [new URL(whole.worker.url).host], triton });
    await scraped(prometheus);
    await runJobs(whole.cloud);
  });
  afterAll(async () => {
    await prometheus[Symbol.asyncDispose]();
    await whole[Symbol.asyncDispose]();
  });

  /** Panels that have no data in all of the run. */
  const empty = async (asked: readonly PanelQuery[]): Promise<string[]> => {
    const series = await Promise.all(asked.map(async ({ expr }) => prometheus.query(expr)));
    return asked.filter((_, index) => series[index]?.length === 0).map(({ panel }) => panel);
  };

  it('every panel has data, but for those of another machine', async () => {
    const data = async (): Promise<void> => expect(await empty(here)).toEqual([]);
    await vi.waitFor(data, { timeout: LIMIT_MS, interval: 1_000 });
  });

  it('everything that rules read and record has data', async () => {
    const asked = [...names].map((name) => ({ panel: name, expr: name, legend: '' }));
    const data = async (): Promise<void> => expect(await empty(asked)).toEqual([]);
    await vi.waitFor(data, { timeout: LIMIT_MS, interval: 1_000 });
  });

  it('every legend names labels that are there', async () => {
    const wrong = await Promise.all(
      here.map(async ({ panel, expr, legend }) => {
        const labels = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label!);
        const series = await prometheus.query(expr);
        const isThere = series.every(({ metric }) => labels.every((label) => label in metric));
        return isThere ? [] : [panel];
      }),
    );
    expect(wrong.flat()).toEqual([]);
  });

  it('a panel with a wrong name is found', async () => {
    const expr = 'sum(rate(imagen_job_total[15s]))';
    const planted = { panel: 'imagen-planted: Wrong', expr, legend: '' };
    expect(await empty([...here, planted])).toEqual(['imagen-planted: Wrong']);
  });

  it('no panel shows what is not a number, before the first job either', async () => {
    const strange = await Promise.all(
      here.map(async ({ panel, expr }) => {
        const samples = (await prometheus.query(expr)).flatMap(({ values }) => values);
        return samples.some(([, value]) => !Number.isFinite(Number(value))) ? [panel] : [];
      }),
    );
    expect(strange.flat()).toEqual([]);
  });

  it('what is only elsewhere is not here after all', async () => {
    const only = queries.filter(isElsewhere);
    expect(only).not.toEqual([]);
    expect(await empty(only)).toHaveLength(only.length);
  });
});

/** Both targets have been read while nothing happened. */
async function scraped(prometheus: PrometheusServer): Promise<void> {
  await vi.waitFor(async () => expect(await prometheus.query('sum(up) == 2')).not.toEqual([]), {
    timeout: LIMIT_MS,
    interval: 500,
  });
}

/** Jobs of every operation, jobs that fail, a message that names none, and a job that is given back. */
async function runJobs(cloud: LocalCloud): Promise<void> {
  const photo = await readFile(new URL('../../samples/chelsea.jpg', import.meta.url));
  const source = await cloud.upload('cat.jpg', photo);
  const text = await cloud.upload('text.jpg', Buffer.from('not a picture'));
  const jobs = OPERATION_NAMES.map((operation) => ({ operation, jobId: `${operation}-1`, source }));
  const bad = [
    { operation: 'comic' as const, jobId: 'text', source: text },
    { operation: 'aged' as const, jobId: 'missing', source: 'gs://test-sources/none.jpg' },
  ];
  await cloud.publishRaw('comic', 'hello');
  const all = [...jobs, ...bad];
  await Promise.all(all.map(async ({ operation, ...job }) => cloud.publish(operation, job)));
  await Promise.all(all.map(async ({ jobId }) => cloud.ended(jobId)));
  await cloud.publish('aged', { jobId: 'silent', source });
  // From now on no event can be published: its job is given back after about 10 seconds.
  cloud.pubsubFaults.add({ on: 'Publish', effect: { kind: 'unavailable' } });
}
