import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { jsonSchemas } from '@imagen/contracts';

const folder = new URL('../../../docs/schemas/', import.meta.url);

it('docs/schemas holds exactly what the zod schemas say (npm run schemas rewrites it)', () => {
  const written = Object.fromEntries(
    readdirSync(folder).map((file) => [
      file,
      JSON.parse(readFileSync(new URL(file, folder), 'utf8')),
    ]),
  );
  expect(written).toEqual(JSON.parse(JSON.stringify(jsonSchemas())));
});
