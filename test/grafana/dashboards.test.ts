import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { dashboardFiles } from '../../grafana/dashboards.ts';
import { MAX_BATCH_SIZE } from '../../grafana/facts.ts';
import { queriesOf } from '../../grafana/panel-queries.ts';
import { readPbtxt } from '../../packages/worker/test/support/config-pbtxt.ts';
import { DASHBOARDS, PANELS } from './support/dashboards.ts';
import { hasPromtool, unparsed } from './support/promtool.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

it('grafana/dashboards holds exactly what grafana/*.ts says (npm run dashboards rewrites it)', () => {
  const paths = readdirSync(new URL('grafana/dashboards/', root));
  const written = paths.map((file) => [
    `grafana/dashboards/${file}`,
    read(`grafana/dashboards/${file}`),
  ]);
  expect(Object.fromEntries(written)).toEqual(dashboardFiles());
});

it('batches are as large at most as the dashboards say', () => {
  const models = readdirSync(new URL('triton/model_repository/', root));
  const sizes = models.map(
    (model) => readPbtxt(read(`triton/model_repository/${model}/config.pbtxt`))['max_batch_size'],
  );
  expect(sizes).toEqual(models.map(() => [String(MAX_BATCH_SIZE)]));
});

describe('a dashboard', () => {
  it('has a uid of its own', () => {
    const uids = DASHBOARDS.map(({ uid }) => uid);
    expect(new Set(uids).size).toBe(uids.length);
    expect(uids.every((uid) => /^imagen-[a-z]+$/.test(uid))).toBe(true);
  });

  it('finds the others by their tag', () => {
    const wanted = { tags: ['imagen'], links: [{ type: 'dashboards', tags: ['imagen'] }] };
    for (const dashboard of DASHBOARDS) expect(dashboard).toMatchObject(wanted);
  });

  it('has a variable for each that it uses, and no other', () => {
    for (const { templating, ...rest } of DASHBOARDS.map(asVariables)) {
      const used = [...JSON.stringify(rest).matchAll(/\$\{?(datasource|operation|model)\b/g)];
      expect(new Set(used.map(([, name]) => name))).toEqual(new Set(templating));
    }
  });
});

describe('a panel', () => {
  it('has a title that no other of its dashboard has', () => {
    for (const { panels } of DASHBOARDS) {
      const titles = panels.filter(({ type }) => type !== 'row').map(({ title }) => title);
      expect(new Set(titles).size).toBe(titles.length);
    }
  });

  it.each(PANELS)('%s: says what a bad value means, in a unit', (_, panel) => {
    expect(panel.description?.length).toBeGreaterThan(40);
    expect(panel.fieldConfig?.defaults.unit).toBeTruthy();
  });

  it('has no id: Grafana gives it one', () => {
    expect(JSON.stringify(DASHBOARDS)).not.toContain('"id":');
  });

  it('overlaps no other', () => {
    for (const { panels } of DASHBOARDS) {
      const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
        Array.from(
          { length: w * h },
          (_, cell) => (y + Math.floor(cell / w)) * 24 + x + (cell % w),
        ),
      );
      expect(new Set(cells).size).toBe(cells.length);
    }
  });
});

describe.skipIf(!hasPromtool)('PromQL (needs promtool)', () => {
  const queries = DASHBOARDS.flatMap((dashboard) => queriesOf(dashboard, '1m'));

  it('of every panel parses', () => {
    expect(queries.length).toBeGreaterThan(50);
    expect(unparsed(queries)).toEqual([]);
  });

  it('that does not is found, by the name of its panel', () => {
    const planted = { panel: 'imagen-planted: Wrong', expr: 'sum(rate(x[1m])', legend: '' };
    expect(unparsed([...queries, planted])).toEqual(['imagen-planted: Wrong']);
  });
});

type Variables = object & { readonly templating: readonly string[] };

function asVariables(dashboard: object): Variables {
  const { templating, ...rest } = dashboard as {
    templating: { list: { name: string; datasource?: object }[] };
  };
  return { ...rest, templating: templating.list.map(({ name }) => name) };
}
