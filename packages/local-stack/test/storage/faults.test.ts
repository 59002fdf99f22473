import { afterAll, beforeAll, expect, it } from 'vitest';
import { startStorage, type StorageServer } from '@imagen/local-stack/storage';

const BYTES = Buffer.from('abcdefgh'.repeat(1000));
let server: StorageServer;

beforeAll(async () => {
  server = await startStorage({ journal: true });
  await send('/b', { method: 'POST', body: JSON.stringify({ name: 'faults' }) });
});
afterAll(async () => server.stop());

async function send(path: string, init?: RequestInit): Promise<Response> {
  const isUpload = path.startsWith('/upload');
  return fetch(`${server.url}${isUpload ? '' : '/storage/v1'}${path}`, init);
}

/** Writes an object unless it exists; the status of the answer. */
async function upload(name: string): Promise<number> {
  const query = `uploadType=media&name=${name}&ifGenerationMatch=0`;
  const path = `/upload/storage/v1/b/faults/o?${query}`;
  return (await send(path, { method: 'POST', body: BYTES })).status;
}

const metadata = async (name: string): Promise<Response> => send(`/b/faults/o/${name}`);
const download = async (name: string): Promise<Response> => send(`/b/faults/o/${name}?alt=media`);

it.each([429, 503])(
  'a request answered with %i is not done, and the next one is',
  async (status) => {
    const fault = server.faults.add({ on: 'upload', effect: { kind: 'status', status }, times: 1 });
    expect(await upload(`o-${status}`)).toBe(status);
    expect((await metadata(`o-${status}`)).status).toBe(404);
    expect(await upload(`o-${status}`)).toBe(200);
    expect(fault.struck).toBe(1);
  },
);

it('a reset request is not done', async () => {
  server.faults.add({ on: 'upload', effect: { kind: 'reset' }, times: 1 });
  await expect(upload('reset')).rejects.toThrow('fetch failed');
  expect((await metadata('reset')).status).toBe(404);
});

it('an upload whose response is lost has written: the second try finds it there', async () => {
  server.faults.add({ on: 'upload', effect: { kind: 'lose-response' }, times: 1 });
  await expect(upload('lost')).rejects.toThrow('fetch failed');
  expect(server.journal.at(-1)).toMatchObject({ status: 200, fault: 'lose-response' });
  expect(await upload('lost')).toBe(412);
});

it('a stalled request hangs until its caller gives up', async () => {
  server.faults.add({ on: 'other', effect: { kind: 'stall' }, times: 1 });
  const gaveUp = send('/b/faults', { signal: AbortSignal.timeout(100) });
  await expect(gaveUp).rejects.toThrow(/timeout/);
  expect(server.journal.at(-1)).toMatchObject({ status: undefined, fault: 'stall' });
});

it('a truncated download promises all bytes and breaks off', async () => {
  await upload('truncated');
  server.faults.add({ on: 'download', effect: { kind: 'truncate' }, times: 1 });
  const response = await download('truncated');
  expect(response.headers.get('content-length')).toBe(String(BYTES.length));
  await expect(response.arrayBuffer()).rejects.toThrow('terminated');
});

it('a corrupt download has a wrong byte under the right checksum, and leaves the object as it is', async () => {
  await upload('corrupt');
  server.faults.add({ on: 'download', effect: { kind: 'corrupt' }, times: 1 });
  const [wrong, right] = [await download('corrupt'), await download('corrupt')];
  expect(wrong.headers.get('x-goog-hash')).toBe(right.headers.get('x-goog-hash'));
  expect(Buffer.from(await wrong.arrayBuffer()).equals(BYTES)).toBe(false);
  expect(Buffer.from(await right.arrayBuffer()).equals(BYTES)).toBe(true);
});

it('strikes only the kind of request it was added for', async () => {
  const fault = server.faults.add({ on: 'metadata', effect: { kind: 'status', status: 503 } });
  expect(await upload('kinds')).toBe(200);
  expect((await download('kinds')).status).toBe(200);
  expect((await metadata('kinds')).status).toBe(503);
  fault.remove();
  expect((await metadata('kinds')).status).toBe(200);
});
