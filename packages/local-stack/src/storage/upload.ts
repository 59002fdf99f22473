import type { IncomingHttpHeaders } from 'node:http';
import { invalid, StorageError, tooLarge } from './errors.ts';
import { multipartBoundary, parseMultipart } from './multipart.ts';
import { checkObjectName } from './names.ts';
import { type JsonObject, patchFields } from './object-fields.ts';
import { parsePreconditions } from './preconditions.ts';
import {
  emptyReply,
  jsonReply,
  MAX_JSON_BYTES,
  parseJsonObject,
  readJson,
  type StorageReply,
  type StorageRequest,
} from './request.ts';
import { objectResource } from './resources.ts';
import { parseUploadRange, type PendingUpload, receive, type UploadSession } from './resumable.ts';
import type { StorageState } from './state.ts';

/** `POST /upload/…/o`: a whole object (`uploadType` media or multipart) or the start of a resumable upload. */
export async function upload(state: StorageState, request: StorageRequest): Promise<StorageReply> {
  switch (request.query.get('uploadType') ?? '') {
    case 'media':
      return uploadMedia(state, request);
    case 'multipart':
      return uploadMultipart(state, request);
    case 'resumable':
      return startResumable(state, request);
    default:
      throw invalid('Invalid value for uploadType: expected media, multipart or resumable');
  }
}

async function uploadMedia(state: StorageState, request: StorageRequest): Promise<StorageReply> {
  const pending = pendingUpload(request, {}, request.headers['content-type']);
  return insert(state, request, pending, await request.readBody(state.maxObjectBytes));
}

// Twice the metadata's limit leaves room for delimiters and part headers.
async function uploadMultipart(
  state: StorageState,
  request: StorageRequest,
): Promise<StorageReply> {
  const boundary = multipartBoundary(request.headers['content-type']);
  const body = await request.readBody(state.maxObjectBytes + 2 * MAX_JSON_BYTES);
  const [metadata, media, ...more] = parseMultipart(body, boundary);
  if (metadata === undefined || media === undefined || more.length > 0) {
    throw invalid('Invalid multipart body: expected two parts, the metadata as JSON and the media');
  }
  if (metadata.bytes.length > MAX_JSON_BYTES) {
    throw tooLarge(metadata.bytes.length, MAX_JSON_BYTES);
  }
  if (media.bytes.length > state.maxObjectBytes) {
    throw tooLarge(media.bytes.length, state.maxObjectBytes);
  }
  const pending = pendingUpload(request, parseJsonObject(metadata.bytes), media.contentType);
  return insert(state, request, pending, media.bytes);
}

async function startResumable(state: StorageState, request: StorageRequest): Promise<StorageReply> {
  const { headers, params, origin } = request;
  const declaredBytes = Number(headers['x-upload-content-length'] ?? 0);
  if (declaredBytes > state.maxObjectBytes) throw tooLarge(declaredBytes, state.maxObjectBytes);
  const contentType = String(headers['x-upload-content-type'] ?? '');
  const pending = pendingUpload(request, await readJson(request), contentType);
  state.store.getBucket(params.bucket);
  checkObjectName(pending.name);
  const { id } = state.sessions.start(pending);
  const url = `${origin}/upload/storage/v1/b/${params.bucket}/o?uploadType=resumable&upload_id=${id}`;
  return emptyReply(200, { Location: url, 'X-GUploader-UploadID': id });
}

/** `PUT` on a resumable upload: more bytes, the last ones, or a status query. */
export async function resumeUpload(
  state: StorageState,
  request: StorageRequest,
): Promise<StorageReply> {
  const session = state.sessions.get(request.query.get('upload_id') ?? '');
  const range = parseUploadRange(request.headers['content-range']);
  const body = await request.readBody(state.maxObjectBytes);
  const endByte = range.kind === 'bytes' ? range.firstByte + body.length : 0;
  if (endByte > state.maxObjectBytes) throw tooLarge(endByte, state.maxObjectBytes);
  if (session.answer !== undefined) return session.answer;
  if (!receive(session, range, body)) return incomplete(session, request.headers);
  return complete(state, request, session);
}

/** `DELETE` on a resumable upload: its bytes are forgotten. 499 is how Cloud Storage says that this worked. */
export function cancelUpload(state: StorageState, request: StorageRequest): StorageReply {
  const { id } = state.sessions.get(request.query.get('upload_id') ?? '');
  state.sessions.delete(id);
  return emptyReply(499);
}

// Go's client cannot read a 308 and asks for it in a header.
function incomplete(session: UploadSession, headers: IncomingHttpHeaders): StorageReply {
  const range: Record<string, string> =
    session.receivedBytes === 0 ? {} : { Range: `bytes=0-${session.receivedBytes - 1}` };
  return headers['x-guploader-no-308'] === 'yes'
    ? emptyReply(200, { ...range, 'X-Http-Status-Code-Override': '308' })
    : emptyReply(308, range);
}

// A refused upload is forgotten: its bytes cannot become right, and its preconditions were those of this write.
function complete(
  state: StorageState,
  request: StorageRequest,
  session: UploadSession,
): StorageReply {
  const { upload: pending, chunks } = session;
  const expectedHashes = [...pending.expectedHashes, ...headerHashes(request.headers)];
  try {
    const bytes = Buffer.concat(chunks);
    session.answer = insert(state, request, { ...pending, expectedHashes }, bytes);
  } catch (error) {
    state.sessions.delete(session.id);
    throw error;
  }
  session.chunks = [];
  return session.answer;
}

function insert(
  state: StorageState,
  request: StorageRequest,
  pending: PendingUpload,
  bytes: Buffer,
): StorageReply {
  const object = state.store.insert({ ...pending, bytes }, pending.conditions);
  return jsonReply(objectResource(object, request.origin));
}

// The name in the query wins over the one in the metadata; the metadata's content type wins over the header's.
function pendingUpload(
  request: StorageRequest,
  resource: JsonObject,
  contentType: string | undefined,
): PendingUpload {
  const name = request.query.get('name') ?? resource['name'];
  if (typeof name !== 'string') {
    throw new StorageError(400, 'required', 'Required: name, in the query or in the metadata');
  }
  return {
    bucket: request.params.bucket,
    name,
    fields: patchFields({}, { contentType, ...resource }),
    expectedHashes: [...resourceHashes(resource), ...headerHashes(request.headers)],
    conditions: parsePreconditions(request.query),
  };
}

function resourceHashes({ crc32c, md5Hash }: JsonObject): string[] {
  return [
    ...(typeof crc32c === 'string' ? [`crc32c=${crc32c}`] : []),
    ...(typeof md5Hash === 'string' ? [`md5=${md5Hash}`] : []),
  ];
}

function headerHashes(headers: IncomingHttpHeaders): string[] {
  const header = headers['x-goog-hash'];
  return header === undefined ? [] : String(header).split(/\s*,\s*/);
}
