import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { EMULATOR_DIFFERENCES } from '../pubsub/support/emulator-differences.ts';
import { OUR_DIFFERENCES } from '../pubsub/support/our-differences.ts';
import { FAKE_GCS_DIFFERENCES } from '../storage/support/fake-gcs-differences.ts';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8').split('\n');

it.each(
  [OUR_DIFFERENCES, EMULATOR_DIFFERENCES, FAKE_GCS_DIFFERENCES].flatMap((differences) =>
    Object.entries(differences).map(([name, { does }]) => ({ name, does })),
  ),
)('the README says that, instead of "$name", a server $does', ({ name, does }) => {
  const cells = readme.map((line) => line.split('|').map((cell) => cell.trim()));
  expect(cells.filter((row) => row.includes(name) && row.includes(does))).toHaveLength(1);
});
