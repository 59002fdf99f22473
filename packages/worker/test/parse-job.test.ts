import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Delivery, findJobId, parseJob } from '../src/parse-job.ts';
import { JobError } from '../src/errors.ts';

const job = { jobId: 'job-1', source: 'gs://pictures/cat.jpg' };

function deliver(data: string | Uint8Array, attributes: Record<string, string> = {}): Delivery {
  return {
    operation: 'comic',
    messageId: '1',
    data: Buffer.from(data),
    attributes,
    publishedAt: new Date(0),
    receivedAtMs: 0,
    deliveryAttempt: 1,
  };
}

/** The code that parsing ends with; `none` when it gives a job. */
function codeOf(parse: () => unknown): string {
  try {
    parse();
    return 'none';
  } catch (error) {
    return error instanceof JobError ? error.code : String(error);
  }
}

describe('a message', () => {
  it('is a job when its data is one, whether or not attributes repeat the jobId', () => {
    const parsed = { ...job, params: {}, output: {} };
    expect(parseJob(deliver(JSON.stringify(job)))).toEqual(parsed);
    expect(parseJob(deliver(JSON.stringify(job), { jobId: 'job-1' }))).toEqual(parsed);
  });

  it.each([
    ['not JSON', 'hello', /not JSON/],
    ['not UTF-8', Buffer.of(0x22, 0xff, 0x22), /not JSON in UTF-8/],
    ['not an object', '[]', /expected object/],
    ['without a source', '{"jobId":"a"}', /source/],
    ['with an unknown field', JSON.stringify({ ...job, user: 1 }), /user/],
    [
      'with a hidden key',
      '{"jobId":"a","source":"gs://abc/d","params":{"__proto__":{}}}',
      /__proto__/,
    ],
    ['too long', JSON.stringify({ ...job, params: { x: 'y'.repeat(11_000) } }), /bytes of data/],
  ])('that is %s is INVALID_MESSAGE and says why', (_, data, why) => {
    expect(() => parseJob(deliver(data))).toThrow(
      expect.objectContaining({ code: 'INVALID_MESSAGE', message: expect.stringMatching(why) }),
    );
  });

  it('whose attributes name another job is INVALID_MESSAGE', () => {
    const data = JSON.stringify(job);
    expect(() => parseJob(deliver(data, { jobId: 'job-2' }))).toThrow(/jobId of the attributes/);
  });

  it('of any bytes is a job or INVALID_MESSAGE, never another error', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.json().map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(bytes, (data) => {
        expect(codeOf(() => parseJob(deliver(data)))).toMatch(/^(none|INVALID_MESSAGE)$/);
      }),
    );
  });
});

describe('the jobId of a broken message', () => {
  it('comes from its data, else from its attributes, and must be a valid one', () => {
    expect(findJobId(deliver('{"jobId":"a","x":1}', { jobId: 'b' }))).toBe('a');
    expect(findJobId(deliver('hello', { jobId: 'b' }))).toBe('b');
    expect(findJobId(deliver('{"jobId":"../a"}', { jobId: 'b/c' }))).toBeUndefined();
  });
});
