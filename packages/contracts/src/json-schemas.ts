import * as z from 'zod';
import { JobSchema } from './job.ts';
import { OPERATION_NAMES, PARAMS_SCHEMAS } from './operations.ts';
import { EventSchema, RecordSchema } from './record.ts';

/** The files of `docs/schemas`: file name → JSON Schema (draft 2020-12), jobs as a publisher writes them. */
export function jsonSchemas(): Record<string, object> {
  const files: Record<string, object> = {
    'record.schema.json': z.toJSONSchema(RecordSchema),
    'event.schema.json': z.toJSONSchema(EventSchema),
  };
  for (const operation of OPERATION_NAMES) {
    const job = JobSchema.extend({ params: PARAMS_SCHEMAS[operation].optional() });
    files[`job-${operation}.schema.json`] = z.toJSONSchema(job, { io: 'input' });
  }
  return files;
}
