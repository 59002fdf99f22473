import { validateHeaderValue } from 'node:http';
import { invalid } from './errors.ts';

/** A JSON object of a request body, nothing of it checked. */
export type JsonObject = Readonly<Record<string, unknown>>;

// Each of them is sent as a header of the same name when the object is downloaded.
const TEXT_FIELDS = [
  'cacheControl',
  'contentDisposition',
  'contentEncoding',
  'contentLanguage',
  'contentType',
] as const;

/** The part of an object resource that clients may set: five header fields and the custom `metadata`. */
export type ObjectFields = {
  readonly [field in (typeof TEXT_FIELDS)[number]]?: string;
} & { readonly metadata?: Readonly<Record<string, string>> };

/**
 * Applies a JSON merge patch: what it names is replaced, what it sets to null goes away, also single keys of `metadata`.
 * Applied to `{}` it reads a whole resource. Fields that clients cannot set are passed over; a value of the wrong type is a 400.
 */
export function patchFields(fields: ObjectFields, patch: JsonObject): ObjectFields {
  const result = new Map<string, unknown>(Object.entries(fields));
  for (const field of TEXT_FIELDS) {
    if (field in patch) setOrDelete(result, field, textField(field, patch[field]));
  }
  if ('metadata' in patch) {
    setOrDelete(result, 'metadata', patchMetadata(fields.metadata ?? {}, patch['metadata']));
  }
  return Object.fromEntries(result);
}

function setOrDelete(map: Map<string, unknown>, key: string, value: unknown): void {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}

function textField(field: string, value: unknown): string | undefined {
  if ((value ?? '') === '') return undefined;
  if (typeof value !== 'string') throw invalid(`Invalid value for ${field}: expected a string`);
  try {
    validateHeaderValue(field, value);
  } catch {
    throw invalid(`Invalid value for ${field}: it cannot be sent as an HTTP header`);
  }
  return value;
}

function patchMetadata(
  metadata: Readonly<Record<string, string>>,
  patch: unknown,
): Readonly<Record<string, string>> | undefined {
  if (patch === null) return undefined;
  if (typeof patch !== 'object' || Array.isArray(patch)) {
    throw invalid('Invalid value for metadata: expected an object of strings');
  }
  const result = new Map<string, string>(Object.entries(metadata));
  for (const [key, value] of Object.entries(patch as JsonObject)) {
    setOrDelete(result, key, metadataValue(key, value));
  }
  return result.size === 0 ? undefined : Object.fromEntries(result);
}

// Clients send numbers and booleans as they are; Cloud Storage keeps strings.
function metadataValue(key: string, value: unknown): string | undefined {
  if (value === null) return undefined;
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw invalid(`Invalid value for metadata key ${JSON.stringify(key)}: expected a string`);
}
