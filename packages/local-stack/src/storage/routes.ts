import {
  createBucket,
  deleteBucket,
  getBucket,
  getPolicy,
  listBuckets,
  patchBucket,
  setPolicy,
} from './bucket-handlers.ts';
import { invalid, notFound } from './errors.ts';
import {
  copyObject,
  deleteObject,
  getObject,
  getObjectXml,
  listObjects,
  patchObject,
  rewriteObject,
  updateObject,
} from './object-handlers.ts';
import type { RouteParams } from './request.ts';
import type { Handler } from './state.ts';
import { cancelUpload, resumeUpload, upload } from './upload.ts';

interface Route {
  readonly method: string;
  readonly pattern: RegExp;
  readonly handle: Handler;
}

// A name in a path is one percent-encoded segment, but for the XML API, where slashes stay. No bucket can be called
// `b`, so the first row that fits is the right one.
const ROUTES: readonly Route[] = [
  route('GET', '/b', listBuckets),
  route('POST', '/b', createBucket),
  route('GET', '/b/:bucket', getBucket),
  route('PATCH', '/b/:bucket', patchBucket),
  route('DELETE', '/b/:bucket', deleteBucket),
  route('GET', '/b/:bucket/iam', getPolicy),
  route('PUT', '/b/:bucket/iam', setPolicy),
  route('GET', '/b/:bucket/o', listObjects),
  route('GET', '/b/:bucket/o/:object', getObject),
  route('PATCH', '/b/:bucket/o/:object', patchObject),
  route('PUT', '/b/:bucket/o/:object', updateObject),
  route('DELETE', '/b/:bucket/o/:object', deleteObject),
  route('POST', '/b/:bucket/o/:object/copyTo/b/:toBucket/o/:toObject', copyObject),
  route('POST', '/b/:bucket/o/:object/rewriteTo/b/:toBucket/o/:toObject', rewriteObject),
  route('POST', '/upload/b/:bucket/o', upload),
  route('PUT', '/upload/b/:bucket/o', resumeUpload),
  route('DELETE', '/upload/b/:bucket/o', cancelUpload),
  route('GET', '/:bucket/:object+', getObjectXml),
  route('HEAD', '/:bucket/:object+', getObjectXml),
];

function route(method: string, template: string, handle: Handler): Route {
  const source = template.replaceAll(
    /:(\w+)(\+?)/g,
    (_, name: string, slashes: string) => `(?<${name}>${slashes === '+' ? '.+' : '[^/]+'})`,
  );
  return { method, pattern: new RegExp(`^${source}$`), handle };
}

/** Finds the handler for a raw path (percent-encoded, no query); throws a 404 where there is none. */
export function findRoute(method: string, path: string): { handle: Handler; params: RouteParams } {
  const shortPath = withoutVersion(path);
  for (const { method: routeMethod, pattern, handle } of ROUTES) {
    const match = routeMethod === method ? pattern.exec(shortPath) : null;
    if (match !== null) return { handle, params: decodeParams(match.groups ?? {}) };
  }
  throw notFound(`${method} ${path} (this server has buckets, objects and uploads)`);
}

// The JSON API comes with and without /storage/v1 (Node's client drops it with STORAGE_EMULATOR_HOST), and downloads
// also below /download.
function withoutVersion(path: string): string {
  return path
    .replace(/^(?:\/download)?\/storage\/v1\/b(?=\/|$)/, '/b')
    .replace(/^\/upload\/storage\/v1\/b\//, '/upload/b/');
}

function decodeParams(groups: Readonly<Record<string, string>>): RouteParams {
  try {
    const decoded = Object.entries(groups).map(([name, text]) => [name, decodeURIComponent(text)]);
    return { ...NO_PARAMS, ...Object.fromEntries(decoded) };
  } catch {
    throw invalid('Invalid path: its percent-encoding is not UTF-8');
  }
}

const NO_PARAMS: RouteParams = { bucket: '', object: '', toBucket: '', toObject: '' };
