import {
  type HostileMessage,
  INVALID,
  jobIdOf,
  message,
  type MessageContext,
  refusedWith,
} from './hostile-message.ts';

/** URIs that must be refused before anything is read. */
const NO_URIS: Readonly<Record<string, string>> = {
  empty: '',
  text: 'picture.jpg',
  http: 'http://169.254.169.254/computeMetadata/v1/',
  https: 'https://storage.googleapis.com/imagen-sources/a.jpg',
  file: 'file:///etc/passwd',
  data: 'data:image/png;base64,AAAA',
  s3: 's3://bucket/a.jpg',
  'upper-case': 'GS://imagen-sources/a.jpg',
  'no-object': 'gs://imagen-sources',
  'empty-object': 'gs://imagen-sources/',
  'no-bucket': 'gs:///a.jpg',
  'bucket-of-dots': 'gs://../a.jpg',
  'bucket-in-upper-case': 'gs://IMAGEN-sources/a.jpg',
  'bucket-with-space': 'gs://imagen sources/a.jpg',
  'bucket-with-percent': 'gs://imagen%2dsources/a.jpg',
  'bucket-with-user': 'gs://user:password@imagen-sources/a.jpg',
  'bucket-with-port': 'gs://imagen-sources:80/a.jpg',
  'bucket-of-300': `gs://${'b'.repeat(300)}/a.jpg`,
  newline: 'gs://imagen-sources/a\nb.jpg',
  'last-newline': 'gs://imagen-sources/a.jpg\n',
  'null-character': 'gs://imagen-sources/a\u0000.jpg',
  escape: 'gs://imagen-sources/\u001b[31m.jpg',
  delete: 'gs://imagen-sources/\u007f.jpg',
  'of-1200': `gs://imagen-sources/${'x'.repeat(1_180)}`,
  'leading-space': ' gs://imagen-sources/a.jpg',
};

/** URIs of nothing: there is no such object, or there cannot be one. */
const NOWHERE: Readonly<Record<string, string>> = {
  'no-such-object': 'gs://imagen-sources/no-such.jpg',
  'no-such-bucket': 'gs://imagen-no-such-bucket/a.jpg',
  'bucket-with-long-label': `gs://${'b'.repeat(64)}/a.jpg`,
  'bucket-with-two-dots': 'gs://imagen..sources/a.jpg',
  dot: 'gs://imagen-sources/.',
  'two-dots': 'gs://imagen-sources/..',
  'parent-path': 'gs://imagen-sources/../../../b/imagen-results/o',
  'parent-path-encoded': 'gs://imagen-sources/%2e%2e%2f%2e%2e%2fb',
  'two-dots-encoded': 'gs://imagen-sources/%2e%2e',
  'newline-encoded': 'gs://imagen-sources/a%0d%0aHost: evil.jpg',
  'percent-alone': 'gs://imagen-sources/100%.jpg',
  query: 'gs://imagen-sources/a.jpg?alt=media&generation=1',
  fragment: 'gs://imagen-sources/a.jpg#1',
  backslash: String.raw`gs://imagen-sources/..\..\a.jpg`,
  slashes: 'gs://imagen-sources////',
  emoji: 'gs://imagen-sources/😀.jpg',
  'object-of-1050-bytes': `gs://imagen-sources/${'x'.repeat(1_050)}`,
  'object-of-3000-bytes': `gs://imagen-sources/${'€'.repeat(1_000)}`,
};

/** URIs whose characters no terminal and no reader of a record should meet; nothing is there either. */
const MISLEADING: Readonly<Record<string, string>> = {
  'right-to-left': 'gs://imagen-sources/\u202egpj.exe',
  'c1-control': 'gs://imagen-sources/\u009b31m.jpg',
  'line-separator': 'gs://imagen-sources/a\u2028b.jpg',
  'zero-width': 'gs://imagen-sources/a\u200b\ufeff.jpg',
  'lone-surrogate': 'gs://imagen-sources/\ud800.jpg',
};

/** Messages whose source is no picture's URI, or nothing's. */
export function sourceMessages(context: MessageContext): HostileMessage[] {
  const nowhere = refusedWith('SOURCE_NOT_FOUND', 'SOURCE_FORBIDDEN', 'INVALID_MESSAGE');
  const groups = [
    [NO_URIS, INVALID],
    [NOWHERE, nowhere],
    [MISLEADING, nowhere],
  ] as const;
  const messages = groups.flatMap(([uris, expected]) =>
    Object.entries(uris).map(([name, source]) => {
      const data = { jobId: jobIdOf(`source-${name}`), source };
      return message('source', `source-${name}`, { data, expected });
    }),
  );
  return [...messages, ownResult(context)];
}

/** The job's own record as its source: it is there, but no picture. */
function ownResult({ finishedJobId }: MessageContext): HostileMessage {
  const name = 'source-is-a-record';
  const data = { jobId: jobIdOf(name), source: `gs://imagen-results/jobs/${finishedJobId}.json` };
  return message('source', name, { data, expected: refusedWith('UNSUPPORTED_FORMAT') });
}
