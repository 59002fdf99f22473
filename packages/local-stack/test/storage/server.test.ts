import { once } from 'node:events';
import { connect } from 'node:net';
import { startStorage } from '@imagen/local-stack/storage';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resourceOf, startHttp, type StorageHttp } from './support/storage-http.ts';

let http: StorageHttp;
beforeEach(async () => {
  http = await startHttp();
});
afterEach(async () => {
  await http.server.stop();
});

const portOf = (url: string): number => Number(new URL(url).port);

describe('the server', () => {
  it('answers errors in the shape that clients parse', async () => {
    const response = await http.call('GET', '/storage/v1/b/pictures/o/absent');
    const message = 'Not found: object pictures/absent';
    expect([response.status, await response.json()]).toEqual([
      404,
      {
        error: { code: 404, message, errors: [{ domain: 'global', reason: 'notFound', message }] },
      },
    ]);
  });

  it.each([
    '/pictures/a%20b/c%2Fd',
    '/storage/v1/b/pictures/o/a%20b%2Fc%2Fd?alt=media',
    '/download/storage/v1/b/pictures/o/a%20b%2Fc%2Fd?alt=media',
    '/b/pictures/o/a%20b%2Fc%2Fd?alt=media',
  ])('gives an object at %s', async (path) => {
    await http.upload('a b/c/d', 'hello');
    const response = await http.call('GET', path);
    expect(await response.text()).toBe('hello');
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'x-goog-hash': 'crc32c=mnG7TA==,md5=XUFAKrxLKna5cZ2REBfFkg==',
      'x-goog-stored-content-encoding': 'identity',
      'x-goog-generation': expect.stringMatching(/^\d{16}$/),
    });
  });

  it('gives the same headers without the bytes to HEAD', async () => {
    await http.upload('a', 'hello');
    const response = await http.call('HEAD', '/pictures/a');
    expect([response.status, response.headers.get('content-length')]).toEqual([200, '5']);
  });

  it('leads by mediaLink and selfLink to the object, whatever its name', async () => {
    const resource = await resourceOf(http.upload('a/50% #1?', 'hello'));
    const media = await http.call('GET', resource['mediaLink'] ?? '');
    expect(await media.text()).toBe('hello');
    expect(await resourceOf(http.call('GET', resource['selfLink'] ?? ''))).toEqual(resource);
  });

  it('answers a read that changed nothing by 304 without a body', async () => {
    const { generation } = await resourceOf(http.upload('a', 'hello'));
    const path = `/b/pictures/o/a?ifGenerationNotMatch=${generation}`;
    const response = await http.call('GET', path);
    expect([response.status, await response.text()]).toEqual([304, '']);
  });

  it.each(['x-goog-if-generation-match', 'x-goog-if-metageneration-match'])(
    'heeds %s where preconditions come in headers',
    async (header) => {
      await http.upload('a', 'hello');
      const response = await http.call('GET', '/pictures/a', { headers: { [header]: '7' } });
      expect(response.status).toBe(412);
    },
  );

  it.each([
    ['GET', '/', 404],
    ['GET', '/storage/v1/b/pictures/acl', 404],
    ['POST', '/storage/v1/b/pictures/o/a/compose', 404],
    ['GET', '/storage/v1/b/pictures/o/%ff', 400],
    ['POST', '/upload/storage/v1/b/pictures/o?name=a', 400],
    ['POST', '/upload/storage/v1/b/pictures/o?uploadType=media', 400],
    ['POST', '/upload/storage/v1/b/pictures/o?uploadType=multipart&name=a', 400],
    ['POST', '/upload/storage/v1/b/absent/o?uploadType=resumable&name=a', 404],
    ['PUT', '/upload/storage/v1/b/pictures/o?uploadType=resumable&upload_id=none', 404],
    ['POST', '/storage/v1/b', 400],
  ])('refuses %s %s by %i and lives on', async (method, path, status) => {
    expect((await http.call(method, path)).status).toBe(status);
    expect((await http.upload('a', 'b')).status).toBe(200);
  });
});

describe('a change of metadata', () => {
  it.each([
    ['PATCH', { contentType: 'text/plain', cacheControl: 'no-store' }],
    ['PUT', { cacheControl: 'no-store' }],
  ])('by %s leaves %j', async (method, expected) => {
    await http.upload('a', 'hello');
    const path = '/storage/v1/b/pictures/o/a';
    const before = await resourceOf(
      http.call('PATCH', path, { body: '{"contentType":"text/plain"}' }),
    );
    const after = await resourceOf(
      http.call(method, path, { body: '{"cacheControl":"no-store"}' }),
    );
    const { contentType, cacheControl } = after;
    expect({ contentType, cacheControl }).toEqual({ contentType: undefined, ...expected });
    expect(after['etag']).not.toBe(before['etag']);
  });

  it.each(['not json', '[]', '"text"', '{"a":', `{"metadata":${' '.repeat(70_000)}{}}`])(
    'by %.20s is refused',
    async (body) => {
      await http.upload('a', 'b');
      const { status } = await http.call('PATCH', '/b/pictures/o/a', { body });
      expect(status).toBe(body.length > 65_536 ? 413 : 400);
    },
  );
});

describe.each(['copyTo', 'rewriteTo'])('a copy by %s', (verb) => {
  const path = `/storage/v1/b/pictures/o/a/${verb}/b/pictures/o/b`;
  beforeEach(async () => {
    await http.upload('a', 'source');
    await http.call('PATCH', '/b/pictures/o/a', { body: '{"metadata":{"k":"v"}}' });
  });

  it.each([
    ['{}', { metadata: { k: 'v' } }],
    ['{"contentType":"image/png"}', { contentType: 'image/png' }],
  ])('with the body %s has the fields %j', async (body, expected) => {
    const answer: Record<string, unknown> = await resourceOf(http.call('POST', path, { body }));
    const { metadata } = { ...answer, ...(answer['resource'] as object) } as { metadata?: object };
    expect(answer['resource'] ?? answer).toMatchObject({ name: 'b', size: '6', ...expected });
    expect(metadata).toEqual('metadata' in expected ? expected.metadata : undefined);
    expect(await http.textOf('b')).toBe('source');
  });

  it.each([
    ['ifGenerationMatch=5', 412],
    ['ifSourceGenerationMatch=5', 412],
    ['ifSourceMetagenerationNotMatch=2', 304],
    ['sourceGeneration=5', 404],
  ])('with %s is refused by %i', async (query, status) => {
    expect((await http.call('POST', `${path}?${query}`)).status).toBe(status);
    expect((await http.call('GET', '/b/pictures/o/b')).status).toBe(404);
  });
});

describe('stop', () => {
  it('closes connections that are kept alive or in the middle of an upload', async () => {
    const socket = connect(portOf(http.server.url), '127.0.0.1');
    const path = '/upload/storage/v1/b/pictures/o?uploadType=media&name=a';
    socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc`);
    await http.upload('kept-alive', 'x');
    const closed = once(socket, 'close');
    await http.server.stop();
    await closed;
    await expect(http.call('GET', '/b')).rejects.toThrow();
  });

  it('may be called again, and frees the port', async () => {
    const { server } = http;
    await Promise.all([server.stop(), server.stop()]);
    await server.stop();
    await using next = await startStorage({ port: portOf(server.url) });
    expect(next.url).toBe(server.url);
  });

  it('has nothing to do where the port was taken: starting fails', async () => {
    await expect(startStorage({ port: portOf(http.server.url) })).rejects.toThrow('EADDRINUSE');
  });
});
