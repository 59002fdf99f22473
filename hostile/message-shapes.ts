import { concat } from './bytes.ts';
import { DROPPED, type HostileMessage, message, type MessageContext } from './hostile-message.ts';

/** Messages that name no job. */
export function shapelessMessages(context: MessageContext): HostileMessage[] {
  const kinds = { 'no JSON': noJson(), 'no job': noJob(), 'bad jobId': badIds(context) };
  return Object.entries(kinds).flatMap(([kind, shapes]) =>
    Object.entries(shapes).map(([name, data]) =>
      // Without data, a message needs an attribute.
      message(kind, name, { data, attributes: { origin: 'hostile' }, expected: DROPPED }),
    ),
  );
}

function noJson(): Record<string, string | Buffer> {
  return {
    'no-data': '',
    'white-space': '   \n\t ',
    text: 'make my picture a comic',
    xml: '<job><jobId>x</jobId></job>',
    'json-cut': '{"jobId":"cut","source":"gs://imagen',
    'two-jsons': '{"jobId":"a"}{"jobId":"b"}',
    'trailing-comma': '{"jobId":"a",}',
    'single-quotes': "{'jobId':'a'}",
    'json-with-comment': '{"jobId":"a"/* no */}',
    'invalid-utf-8': concat('{"jobId":"a', 0xc3, 0x28, '"}'),
    'overlong-utf-8': concat('{"jobId":"', 0xc0, 0xaf, '"}'),
    'utf-16': Buffer.from('{"jobId":"a"}', 'utf16le'),
    'raw-control-characters': '{"jobId":"a\n\u0000\u001b[31m"}',
    zeros: Buffer.alloc(2_000),
    protobuf: Buffer.from('0a0361626312036465661a00', 'hex'),
    'nan-literal': '{"jobId":NaN}',
    'arrays-without-end': '['.repeat(10_000),
    '11-KB': `{"jobId":"big","source":"gs://imagen-sources/${'x'.repeat(11_000)}"}`,
    '5-MB': `"${'x'.repeat(5_000_000)}"`,
  };
}

function noJob(): Record<string, string> {
  return {
    array: '[]',
    'array-of-jobs': '[{"jobId":"a","source":"gs://imagen-sources/a.png"}]',
    number: '42',
    'huge-number': '1e999',
    string: '"gs://imagen-sources/a.png"',
    null: 'null',
    true: 'true',
    'empty-object': '{}',
    'deep-arrays': '['.repeat(5_000) + ']'.repeat(5_000),
    'deep-objects': `${'{"a":'.repeat(1_700)}1${'}'.repeat(1_700)}`,
    'job-in-proto': '{"__proto__":{"jobId":"proto","source":"gs://imagen-sources/a.png"}}',
    'constructor-alone': '{"constructor":{"prototype":{"jobId":"proto"}}}',
    'other-case': '{"JOBID":"a","jobid":"a","job_id":"a"}',
  };
}

function badIds({ goodSource }: MessageContext): Record<string, string> {
  const ids: Record<string, unknown> = {
    empty: '',
    dot: '.',
    dots: '..',
    'seven-dots': '.......',
    'parent-path': '../../etc/passwd',
    path: 'a/b',
    backslash: String.raw`a\b`,
    'encoded-slash': 'a%2fb',
    newline: 'a\nb',
    'last-newline': 'a\n',
    'null-character': 'a\u0000b',
    escape: '\u001b[31mred',
    'c1-control': 'a\u009bb',
    emoji: 'job-😀',
    'lone-surrogate': 'job-\ud800',
    'right-to-left': 'job-\u202egnp.exe',
    space: 'a b',
    wildcard: '*',
    'of-129': 'x'.repeat(129),
    'of-9000': 'x'.repeat(9_000),
    number: 7,
    null: null,
    true: true,
    array: ['a'],
    object: { toString: 'a' },
  };
  const entries = Object.entries(ids).map(([name, jobId]) => [
    `id-${name}`,
    JSON.stringify({ jobId, source: goodSource }),
  ]);
  return Object.fromEntries(entries) as Record<string, string>;
}
