import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ruleFiles } from '../../grafana/rule-files.ts';
import { RULE_GROUPS } from '../../grafana/rules.ts';
import { hasPromtool, promtool } from './support/promtool.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const pathOf = (path: string): string => fileURLToPath(new URL(path, root));

const ALERTS = RULE_GROUPS.flatMap(({ rules }) => rules.filter((rule) => 'alert' in rule));
const TEST_FILES = readdirSync(new URL('rules/', import.meta.url)).map(
  (file) => `test/grafana/rules/${file}`,
);

it.each(Object.entries(ruleFiles()))(
  '%s is what grafana/rules.ts says (npm run dashboards rewrites it)',
  (path, text) => {
    expect(read(path)).toBe(text);
  },
);

it('Prometheus and Managed Prometheus get the same rules', () => {
  const [own, managed] = Object.keys(ruleFiles()).map((path) => parse(read(path)) as object);
  expect(managed).toMatchObject({ kind: 'Rules', spec: own });
});

describe('an alert', () => {
  const sections = [...read('docs/runbooks.md').matchAll(/^## (\w+)$([^#]*)/gm)];
  const runbooks = Object.fromEntries(sections.map(([, name = '', text = '']) => [name, text]));

  it.each(ALERTS)('$alert has its section in docs/runbooks.md', ({ alert, annotations }) => {
    expect(annotations.runbook_url).toBe(`docs/runbooks.md#${alert.toLowerCase()}`);
    for (const part of ['It means', 'Look at', 'Do']) {
      expect(runbooks[alert]).toContain(`**${part}`);
    }
  });

  it('is the only reason for a section', () => {
    expect(new Set(Object.keys(runbooks))).toEqual(new Set(ALERTS.map(({ alert }) => alert)));
  });

  it.each(ALERTS)('$alert $labels.window is tested where it fires, and where not', (rule) => {
    const expected = casesOf(rule.alert).map((fired) =>
      fired.some(({ exp_labels: labels }) => labels['window'] === rule.labels['window']),
    );
    expect(new Set(expected)).toEqual(new Set([true, false]));
  });
});

describe.skipIf(!hasPromtool)('promtool', () => {
  it('takes the rules', () => {
    expect(promtool('check', 'rules', pathOf('grafana/rules/imagen.yaml'))).toBe('');
  });

  it('takes the configuration of Prometheus', () => {
    expect(promtool('check', 'config', pathOf('grafana/prometheus.yml'))).toBe('');
  });

  it.each(TEST_FILES)('sees alerts fire as %s says', (path) => {
    expect(promtool('test', 'rules', pathOf(path))).toBe('');
  });
});

interface RuleTests {
  readonly tests: readonly {
    readonly alert_rule_test: readonly {
      readonly alertname: string;
      readonly exp_alerts: readonly { readonly exp_labels: Readonly<Record<string, string>> }[];
    }[];
  }[];
}

/** What is expected of an alert, in every case it is tested in. */
function casesOf(
  alert: string,
): RuleTests['tests'][number]['alert_rule_test'][number]['exp_alerts'][] {
  const files = TEST_FILES.map((path) => parse(read(path)) as RuleTests);
  const cases = files.flatMap(({ tests }) => tests.flatMap((test) => test.alert_rule_test));
  return cases.filter(({ alertname }) => alertname === alert).map((each) => each.exp_alerts);
}
