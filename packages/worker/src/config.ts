import process from 'node:process';
import { isOperationName, OPERATION_NAMES, type OperationName } from '@imagen/contracts';
import * as z from 'zod';
import type { CloudTarget } from './gcp/clients.ts';

/** The worker's settings. */
export interface Config extends CloudTarget {
  /** Operations whose subscriptions this worker pulls from. */
  readonly operations: readonly OperationName[];
  /** Bucket of results and records. */
  readonly resultsBucket: string;
  /** gRPC address of Triton, `host:port`. */
  readonly tritonAddress: string;
  /** Jobs at a time, per operation. */
  readonly slots: number;
  /** Bytes that jobs may use for pixels at a time. */
  readonly memoryBytes: number;
  /** Port of `/livez`, `/readyz` and `/metrics`; 0: any free one. */
  readonly port: number;
  readonly logLevel: string;
}

const OperationsSchema = z
  .string({ error: 'is missing' })
  .transform((list) => list.split(',').map((name) => name.trim()))
  .refine((names) => names.every(isOperationName), `expected some of ${OPERATION_NAMES.join(',')}`)
  .transform((names) => names as OperationName[]);

const required = (what: string): z.ZodString =>
  z.string({ error: 'is missing' }).min(1, `expected ${what}`);
const count = (fallback: number, max: number): z.ZodDefault<z.ZodCoercedNumber> =>
  z.coerce.number().int().min(1).max(max).default(fallback);

const EnvironmentSchema = z.object({
  GOOGLE_CLOUD_PROJECT: required('a project id'),
  IMAGEN_OPERATIONS: OperationsSchema,
  IMAGEN_RESULTS_BUCKET: required('a bucket name'),
  IMAGEN_TRITON_ADDRESS: z.string().default('triton:8001'),
  IMAGEN_SLOTS: count(4, 64),
  IMAGEN_MEMORY_MB: count(768, 1_000_000),
  IMAGEN_PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
  IMAGEN_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  PUBSUB_EMULATOR_HOST: z.string().min(1).optional(),
  STORAGE_EMULATOR_HOST: z.url({ protocol: /^https?$/ }).optional(),
});

/** Every variable that is read. */
export const SETTING_NAMES: readonly string[] = Object.keys(EnvironmentSchema.shape);

/** Reads the environment. @throws Error naming every variable that is wrong, and what it should be */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const parsed = EnvironmentSchema.safeParse(environment);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      ({ path, message }) => `  ${path.join('.')}: ${message}`,
    );
    throw new Error(`the environment does not describe a worker:\n${problems.join('\n')}`);
  }
  const { data } = parsed;
  return {
    projectId: data.GOOGLE_CLOUD_PROJECT,
    operations: data.IMAGEN_OPERATIONS,
    resultsBucket: data.IMAGEN_RESULTS_BUCKET,
    tritonAddress: data.IMAGEN_TRITON_ADDRESS,
    slots: data.IMAGEN_SLOTS,
    memoryBytes: data.IMAGEN_MEMORY_MB * 1_000_000,
    port: data.IMAGEN_PORT,
    logLevel: data.IMAGEN_LOG_LEVEL,
    pubsubEmulatorHost: data.PUBSUB_EMULATOR_HOST,
    storageEmulatorHost: data.STORAGE_EMULATOR_HOST,
  };
}
