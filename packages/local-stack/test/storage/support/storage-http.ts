import { startStorage, type StorageServer } from '@imagen/local-stack/storage';

/** Bytes of a KiB. */
export const KIB = 1024;

/** Largest object that the servers of {@link startHttp} take. */
export const MAX_OBJECT_BYTES = 1000 * KIB;

type Headers = Readonly<Record<string, string>>;

/** A server with the bucket `pictures`, and requests to it as they go over the wire. */
export interface StorageHttp {
  readonly server: StorageServer;
  /** `path` may be a whole URL. */
  call(method: string, path: string, init?: RequestInit): Promise<Response>;
  /** Uploads an object with `uploadType=media`. */
  upload(object: string, data: string | Buffer, query?: string): Promise<Response>;
  /** Starts a resumable upload and answers its URL. */
  startUpload(object: string, metadata?: string, query?: string): Promise<string>;
  /** The object's bytes as text. */
  textOf(object: string): Promise<string>;
}

/** Starts a server that takes objects up to {@link MAX_OBJECT_BYTES}; the caller stops it. */
export async function startHttp(): Promise<StorageHttp> {
  const server = await startStorage({ maxObjectBytes: MAX_OBJECT_BYTES });
  const call: StorageHttp['call'] = async (method, path, init = {}) =>
    fetch(path.startsWith('/') ? server.url + path : path, { ...init, method });
  const start = async (uploadType: string, object: string, body: string | Buffer, query = '') => {
    const name = encodeURIComponent(object);
    const path = `/upload/storage/v1/b/pictures/o?uploadType=${uploadType}&name=${name}${query}`;
    return call('POST', path, { body });
  };
  await call('POST', '/storage/v1/b', { body: '{"name":"pictures"}' });
  return {
    server,
    call,
    upload: async (object, data, query) => start('media', object, data, query),
    startUpload: async (object, metadata = '{}', query = '') =>
      (await start('resumable', object, metadata, query)).headers.get('location') ?? '',
    textOf: async (object) =>
      (await call('GET', `/b/pictures/o/${encodeURIComponent(object)}?alt=media`)).text(),
  };
}

/** Sends one request of a resumable upload. */
export async function sendChunk(
  url: string,
  range: string,
  data: string | Buffer,
  headers: Headers = {},
): Promise<Response> {
  return fetch(url, { method: 'PUT', body: data, headers: { 'Content-Range': range, ...headers } });
}

/** The JSON body of an answer that must be a success. */
export async function resourceOf(answer: Promise<Response>): Promise<Record<string, string>> {
  const response = await answer;
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return (await response.json()) as Record<string, string>;
}
