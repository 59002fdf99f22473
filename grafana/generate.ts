// Writes grafana/dashboards and the rule files. A test fails when they drift apart from what makes them.
//   npm run dashboards
import { mkdirSync, writeFileSync } from 'node:fs';
import { dashboardFiles } from './dashboards.ts';
import { ruleFiles } from './rule-files.ts';

const root = new URL('../', import.meta.url);
for (const [path, text] of Object.entries({ ...dashboardFiles(), ...ruleFiles() })) {
  const file = new URL(path, root);
  mkdirSync(new URL('.', file), { recursive: true });
  writeFileSync(file, text);
}
