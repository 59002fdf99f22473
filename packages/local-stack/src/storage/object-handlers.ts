import type { ObjectRef, StoredObject } from './bucket-store.ts';
import { downloadReply } from './download.ts';
import { listPage, parseListQuery } from './listing.ts';
import { patchFields } from './object-fields.ts';
import { int64Param, parsePreconditions } from './preconditions.ts';
import {
  emptyReply,
  jsonReply,
  readJson,
  type StorageReply,
  type StorageRequest,
} from './request.ts';
import { objectResource } from './resources.ts';
import type { StorageState } from './state.ts';

/** Lists a bucket's objects and common prefixes. */
export function listObjects({ store }: StorageState, request: StorageRequest): StorageReply {
  const { bucket } = request.params;
  const page = listPage(store.objectNames(bucket), parseListQuery(request.query));
  const objects = page.names.map((name) => store.get({ bucket, name }, UNCONDITIONAL));
  return jsonReply({
    kind: 'storage#objects',
    items: objects.map((object) => objectResource(object, request.origin)),
    prefixes: page.prefixes,
    nextPageToken: page.nextPageToken,
  });
}

/** Answers with the object's resource or, with `alt=media`, its bytes. */
export function getObject({ store }: StorageState, request: StorageRequest): StorageReply {
  const object = store.get(refOf(request), parsePreconditions(request.query));
  return request.query.get('alt') === 'media'
    ? downloadReply(object, request.headers.range)
    : jsonReply(objectResource(object, request.origin));
}

/** The XML API's way to an object's bytes: `/bucket/object`, preconditions in headers. */
export function getObjectXml({ store }: StorageState, request: StorageRequest): StorageReply {
  const conditions = new URLSearchParams();
  for (const [header, parameter] of XML_CONDITIONS) {
    const value = request.headers[header];
    if (value !== undefined) conditions.set(parameter, String(value));
  }
  const object = store.get(refOf(request), parsePreconditions(conditions));
  return downloadReply(object, request.headers.range);
}

/** Changes the fields that the body names. */
export async function patchObject(
  { store }: StorageState,
  request: StorageRequest,
): Promise<StorageReply> {
  const patch = await readJson(request);
  const object = store.update(refOf(request), parsePreconditions(request.query), (fields) =>
    patchFields(fields, patch),
  );
  return jsonReply(objectResource(object, request.origin));
}

/** Replaces all settable fields by those of the body. */
export async function updateObject(
  { store }: StorageState,
  request: StorageRequest,
): Promise<StorageReply> {
  const fields = patchFields({}, await readJson(request));
  const object = store.update(refOf(request), parsePreconditions(request.query), () => fields);
  return jsonReply(objectResource(object, request.origin));
}

/** Deletes the live object. */
export function deleteObject({ store }: StorageState, request: StorageRequest): StorageReply {
  store.delete(refOf(request), parsePreconditions(request.query));
  return emptyReply(204);
}

/** Copies an object, its fields too unless the body brings others; answers with the copy's resource. */
export async function copyObject(
  state: StorageState,
  request: StorageRequest,
): Promise<StorageReply> {
  return jsonReply(objectResource(await copy(state, request), request.origin));
}

/** A copy that is always done in one call. */
export async function rewriteObject(
  state: StorageState,
  request: StorageRequest,
): Promise<StorageReply> {
  const object = await copy(state, request);
  const size = String(object.bytes.length);
  return jsonReply({
    kind: 'storage#rewriteResponse',
    totalBytesRewritten: size,
    objectSize: size,
    done: true,
    resource: objectResource(object, request.origin),
  });
}

async function copy({ store }: StorageState, request: StorageRequest): Promise<StoredObject> {
  const { query, params } = request;
  const newFields = patchFields({}, await readJson(request));
  const source = store.get(
    { ...refOf(request), generation: int64Param(query, 'sourceGeneration') },
    parsePreconditions(query, 'ifSource'),
  );
  const fields = Object.keys(newFields).length > 0 ? newFields : source.fields;
  const { toBucket: bucket, toObject: name } = params;
  return store.insert(
    { bucket, name, bytes: source.bytes, fields, expectedHashes: [] },
    parsePreconditions(query),
  );
}

const UNCONDITIONAL = parsePreconditions(new URLSearchParams());

const XML_CONDITIONS = [
  ['x-goog-if-generation-match', 'ifGenerationMatch'],
  ['x-goog-if-metageneration-match', 'ifMetagenerationMatch'],
] as const;

function refOf({ params, query }: StorageRequest): ObjectRef {
  return {
    bucket: params.bucket,
    name: params.object,
    generation: int64Param(query, 'generation'),
  };
}
