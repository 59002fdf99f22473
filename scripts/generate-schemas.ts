// Writes docs/schemas from the zod schemas in packages/contracts. A test fails when they drift apart.
//   npm run schemas
import { mkdirSync, writeFileSync } from 'node:fs';
import { jsonSchemas } from '@imagen/contracts';

const folder = new URL('../docs/schemas/', import.meta.url);
mkdirSync(folder, { recursive: true });
for (const [file, schema] of Object.entries(jsonSchemas())) {
  writeFileSync(new URL(file, folder), `${JSON.stringify(schema, null, 2)}\n`);
}
