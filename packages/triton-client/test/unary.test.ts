import { expect, it } from 'vitest';
import { startFakeServer } from './support/fake-server.ts';

const OPTIONS = { deadlineMs: 10_000 };

it('a call has the headers of gRPC', async () => {
  await using fake = await startFakeServer();
  const answer = fake.client.serverLive(OPTIONS);
  const call = await fake.nextCall();
  expect(call.headers).toMatchObject({
    ':method': 'POST',
    ':scheme': 'http',
    ':path': '/inference.GRPCInferenceService/ServerLive',
    ':authority': fake.address,
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  call.answer({ live: true });
  expect(await answer).toBe(true);
});

it.each([
  [99_999_999, /^\d{8}m$/],
  // Eight digits of milliseconds do not suffice for this one, however long the call took to begin.
  [200_000_000, /^(200000|19999\d)S$/],
  [Infinity, '2147484S'],
])('a server is told of a deadline of %d ms', async (deadlineMs, timeout) => {
  await using fake = await startFakeServer();
  const answer = fake.client.serverLive({ deadlineMs });
  const call = await fake.nextCall();
  expect(call.headers['grpc-timeout']).toMatch(timeout);
  call.answer({ live: true });
  expect(await answer).toBe(true);
});

it('calls leave no timers behind that keep the process alive', async () => {
  await using fake = await startFakeServer();
  const timers = (): number =>
    process.getActiveResourcesInfo().filter((of) => of === 'Timeout').length;
  const before = timers();
  const answers = Array.from({ length: 10 }, async () => fake.client.serverLive(OPTIONS));
  for (let n = 0; n < answers.length; n += 1) (await fake.nextCall()).answer({ live: true });
  expect(await Promise.all(answers)).not.toContain(false);
  // A few more or less may be others' timers.
  expect(timers()).toBeLessThan(before + answers.length);
});
