import { readdirSync, readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';
import type { Manifest } from './manifests.ts';

/**
 * Exported from kube-apiserver 1.35.4, with KEDA's custom resources, all under the Apache License 2.0; unknown fields are
 * errors.
 */
const FOLDER = new URL('../schemas/', import.meta.url);

/** Google's: no schema of them is public. */
const WITHOUT_SCHEMA: ReadonlySet<string> = new Set(['ComputeClass', 'PodMonitoring', 'Rules']);

const ajv = new Ajv({ strict: false, validateFormats: false });
const validators = new Map<string, ValidateFunction>();
for (const file of readdirSync(FOLDER)) {
  const schema = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as object;
  validators.set(file.split('-')[0]!, ajv.compile(schema));
}

/** What a strict API server would say against a manifest; empty where it would take it. */
export function schemaProblems(manifest: Manifest): string[] {
  if (WITHOUT_SCHEMA.has(manifest.kind)) return [];
  const validate = validators.get(manifest.kind.toLowerCase());
  if (!validate) return [`no schema for the kind ${manifest.kind}`];
  const { kind, metadata } = manifest;
  if (validate(manifest)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message = '', params }) =>
      `${kind} ${metadata.name}: ${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}
