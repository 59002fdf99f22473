import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { PanelQuery } from '../../../grafana/panel-queries.ts';

/** Whether this machine has promtool: it is in Debian's package `prometheus`, and in Prometheus's releases. */
export const hasPromtool: boolean = spawnSync('promtool', ['--version']).status === 0;

/** What promtool says: its complaints, or nothing. */
export function promtool(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' });
  return status === 0 ? '' : `${stdout}${stderr}`;
}

/** The panels whose PromQL promtool cannot parse. */
export function unparsed(queries: readonly PanelQuery[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'imagen-promtool-'));
  try {
    const file = join(folder, 'queries.yaml');
    const rules = queries.map(({ expr }, index) => ({ record: `query:${index}`, expr }));
    writeFileSync(file, stringify({ groups: [{ name: 'queries', rules }] }));
    const complaints = promtool('check', 'rules', '--lint=none', file);
    const wrong = [...complaints.matchAll(/"query:(\d+)"/g)].map(([, index]) => Number(index));
    if (complaints !== '' && wrong.length === 0) throw new Error(complaints);
    return [...new Set(wrong)].map((index) => queries[index]!.panel);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
