import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  KIB,
  MAX_OBJECT_BYTES,
  resourceOf,
  sendChunk,
  startHttp,
  type StorageHttp,
} from './support/storage-http.ts';

const MEDIA = '/upload/storage/v1/b/pictures/o?uploadType=media&name=big';
const MULTIPART = '/upload/storage/v1/b/pictures/o?uploadType=multipart';
const BOUNDARY = { 'Content-Type': 'multipart/related; boundary="b"' };

let http: StorageHttp;
beforeEach(async () => {
  http = await startHttp();
});
afterEach(async () => {
  await http.server.stop();
});

function multipart(metadata: string, data: string, type = ''): RequestInit {
  const body = `--b\r\n\r\n${metadata}\r\n--b\r\n${type}\r\n${data}\r\n--b--`;
  return { body, headers: BOUNDARY };
}

async function isThere(object: string): Promise<boolean> {
  return (await http.call('GET', `/b/pictures/o/${object}`)).ok;
}

describe('an upload in one request', () => {
  it.each([
    ['{"name":"a"}', '', '', 'a', undefined],
    ['{"name":"a"}', '', '&name=b', 'b', undefined],
    ['{}', 'Content-Type: image/png\r\n', '&name=a', 'a', 'image/png'],
    ['{"contentType":"image/webp"}', 'Content-Type: image/png\r\n', '&name=a', 'a', 'image/webp'],
  ])('of the metadata %s, part header %j and query %j is %s of type %s', async (...row) => {
    const [metadata, header, query, name, contentType] = row;
    const resource = await resourceOf(
      http.call('POST', MULTIPART + query, multipart(metadata, 'hello', header)),
    );
    expect([resource['name'], resource['contentType']]).toEqual([name, contentType]);
    expect(await http.textOf(name)).toBe('hello');
  });

  it('of three parts is refused', async () => {
    const init = multipart('{"name":"a"}', 'hello\r\n--b\r\n\r\nmore');
    expect((await http.call('POST', MULTIPART, init)).status).toBe(400);
  });

  it('with a wrong hash in a header is refused', async () => {
    const headers = { 'X-Goog-Hash': 'md5=AAAA, crc32c=AAAA' };
    expect((await http.call('POST', MEDIA, { body: 'hello', headers })).status).toBe(400);
    expect(await isThere('big')).toBe(false);
  });
});

describe('an upload that is too large', () => {
  // The client writes all of it before it reads the answer, as Python's does, and then uses the connection again.
  it.each([
    ['with a declared length', `Content-Length: ${3000 * KIB}`, '', ''],
    [
      'without a declared length',
      'Transfer-Encoding: chunked',
      `${(3000 * KIB).toString(16)}\r\n`,
      '\r\n0\r\n\r\n',
    ],
  ])('is answered %s, and the connection stays usable', async (_, header, before, after) => {
    const socket = connect(Number(new URL(http.server.url).port), '127.0.0.1');
    socket.write(`POST ${MEDIA} HTTP/1.1\r\nHost: x\r\n${header}\r\n\r\n${before}`);
    await new Promise((resolve) => socket.write(Buffer.alloc(3000 * KIB), resolve));
    socket.write(`${after}GET /b/pictures HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    let answers = '';
    socket.on('data', (data) => {
      answers += data.toString();
    });
    await once(socket, 'close');
    expect(answers.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 413', 'HTTP/1.1 200']);
    expect(answers).toContain('maxObjectBytes');
  });

  it('is answered before its bytes arrive where its length is declared', async () => {
    const socket = connect(Number(new URL(http.server.url).port), '127.0.0.1');
    socket.write(`POST ${MEDIA} HTTP/1.1\r\nHost: x\r\nContent-Length: ${3000 * KIB}\r\n\r\n`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1.1 413/);
    socket.destroy();
  });

  it('is refused in parts, and when it only says so', async () => {
    const parts = multipart('{"name":"big"}', 'x'.repeat(MAX_OBJECT_BYTES + 1));
    expect((await http.call('POST', MULTIPART, parts)).status).toBe(413);
    const headers = { 'X-Upload-Content-Length': String(MAX_OBJECT_BYTES + 1) };
    const start = MEDIA.replace('media', 'resumable');
    expect((await http.call('POST', start, { headers })).status).toBe(413);
  });

  it('is refused in chunks, at the chunk that is too much', async () => {
    const url = await http.startUpload('big');
    const chunk = Buffer.alloc(512 * KIB);
    const first = await sendChunk(url, `bytes 0-${512 * KIB - 1}/*`, chunk);
    const second = await sendChunk(url, `bytes ${512 * KIB}-${1024 * KIB - 1}/*`, chunk);
    expect([first.status, second.status]).toEqual([308, 413]);
  });
});

describe('a resumable upload over HTTP', () => {
  const chunk = Buffer.alloc(256 * KIB, 'a');
  const firstRange = `bytes 0-${256 * KIB - 1}/*`;
  const lastRange = `bytes ${256 * KIB}-${256 * KIB + 2}/${256 * KIB + 3}`;

  it('tells how far it has come', async () => {
    const url = await http.startUpload('big');
    const answers = [
      await sendChunk(url, 'bytes */*', ''),
      await sendChunk(url, firstRange, chunk),
    ];
    expect(answers.map(({ status }) => status)).toEqual([308, 308]);
    expect(answers.map(({ headers }) => headers.get('range'))).toEqual([null, 'bytes=0-262143']);
  });

  it('ends with the object, and says the same when it is asked again', async () => {
    const url = await http.startUpload('big', '{"contentType":"image/png"}');
    await sendChunk(url, firstRange, chunk);
    const resource = await resourceOf(sendChunk(url, lastRange, 'end'));
    expect(resource).toMatchObject({ contentType: 'image/png', size: String(256 * KIB + 3) });
    expect(await resourceOf(sendChunk(url, lastRange, 'end'))).toEqual(resource);
    expect(await resourceOf(sendChunk(url, 'bytes */*', ''))).toEqual(resource);
  });

  it('says 308 in a header to a client that cannot read it', async () => {
    const url = await http.startUpload('big');
    const { status, headers } = await sendChunk(url, firstRange, chunk, {
      'X-GUploader-No-308': 'yes',
    });
    expect([status, headers.get('x-http-status-code-override')]).toEqual([200, '308']);
  });

  it('is gone after it was cancelled', async () => {
    const url = await http.startUpload('big');
    expect((await http.call('DELETE', url)).status).toBe(499);
    expect((await sendChunk(url, 'bytes */*', '')).status).toBe(404);
  });

  it('checks its precondition when the last byte is there', async () => {
    const url = await http.startUpload('big', '{}', '&ifGenerationMatch=0');
    await http.upload('big', 'other');
    expect((await sendChunk(url, 'bytes 0-2/3', 'end')).status).toBe(412);
    expect(await http.textOf('big')).toBe('other');
  });

  it.each([
    ['when it starts', '{"crc32c":"AAAAAA=="}', {}],
    ['with its last bytes', '{}', { 'X-Goog-Hash': 'crc32c=AAAAAA==' }],
  ])('is refused and forgotten for a wrong hash sent %s', async (_, metadata, headers) => {
    const url = await http.startUpload('big', metadata);
    expect((await sendChunk(url, 'bytes 0-2/3', 'end', headers)).status).toBe(400);
    expect((await sendChunk(url, 'bytes */*', '')).status).toBe(404);
    expect(await isThere('big')).toBe(false);
  });
});
