import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GsUriSchema, JobIdSchema, JobSchema, parseGsUri, PARAMS_SCHEMAS } from '@imagen/contracts';

const job = { jobId: 'job-1', source: 'gs://pictures/in/cat.jpg' };

describe('a job', () => {
  it('needs only a jobId and a source', () => {
    expect(JobSchema.parse(job)).toEqual({ ...job, params: {}, output: {} });
  });

  it('may not carry unknown fields', () => {
    expect(JobSchema.safeParse({ ...job, priority: 1 }).success).toBe(false);
    expect(JobSchema.safeParse({ ...job, output: { dpi: 300 } }).success).toBe(false);
  });

  it.each(['', '..', '.', 'a/b', 'a b', '../up', 'x'.repeat(129), 'é', 'a\n'])(
    'refuses the jobId %j, which could not be an object name of its own',
    (jobId) => {
      expect(JobIdSchema.safeParse(jobId).success).toBe(false);
    },
  );

  it.each([
    'cat.jpg',
    'https://x/y',
    'gs://bucket',
    'gs://bucket/',
    'gs://B/x',
    'gs://bucket/a\u0000b',
    'gs://bucket/a\u009bb',
    'gs://bucket/\u202egpj.cat',
    'gs://bucket/\ud800.jpg',
    'gs://bucket/..',
    `gs://bucket/${'é'.repeat(513)}`,
  ])('refuses the source %j', (source) => {
    expect(GsUriSchema.safeParse(source).success).toBe(false);
  });

  it('splits a source into bucket and object name without losing a character', () => {
    const name = fc.string({ minLength: 1, maxLength: 200, unit: 'grapheme' });
    fc.assert(
      fc.property(name, (object) => {
        fc.pre(GsUriSchema.safeParse(`gs://pictures/${object}`).success);
        expect(parseGsUri(`gs://pictures/${object}`)).toEqual({ bucket: 'pictures', object });
      }),
    );
  });
});

describe('params', () => {
  it('have a default for everything but the seed of aged', () => {
    const defaults = Object.values(PARAMS_SCHEMAS).map((schema) => schema.parse({}));
    expect(defaults).toEqual([
      { scale: 4 },
      { strength: 1, autoTone: true, sharpen: 0 },
      { lineStrength: 1, levels: 7, smoothing: 1, saturation: 1.4 },
      { result: 'cutout' },
      { strength: 1, grain: 0.5, sepia: 0.55 },
    ]);
  });

  it.each([
    ['upscale', { scale: 3 }],
    ['upscale', { scale: '4' }],
    ['enhance', { strength: 1.1 }],
    ['enhance', { strength: Number.NaN }],
    ['comic', { levels: 2.5 }],
    ['bg-remove', { result: 'red' }],
    ['aged', { seed: -1 }],
    ['aged', { speed: 1 }],
  ] as const)('%s refuses %j', (operation, params) => {
    expect(PARAMS_SCHEMAS[operation].safeParse(params).success).toBe(false);
  });
});
