import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JobTurns, TileTurns } from '../../src/flow/tile-turns.ts';

const { signal } = new AbortController();

/** A model that answers when it is told to, and the jobs that want it. */
class Model {
  readonly turns: TileTurns;
  /** Which job's tile had each turn. */
  readonly order: string[] = [];
  readonly #running: (() => void)[] = [];

  constructor(limit: number) {
    this.turns = new TileTurns(limit);
  }

  /** A job that wants all its tiles at once; resolves when they have been answered. */
  async job(name: string, tiles: number, end = signal): Promise<unknown> {
    return this.send(name, this.turns.join(tiles), { tiles, end });
  }

  /** So many tiles at once of a job that has joined before. */
  async send(name: string, job: JobTurns, { tiles = 1, end = signal }): Promise<unknown> {
    const tile = async (): Promise<void> => {
      this.order.push(name);
      await new Promise<void>((resolve) => this.#running.push(resolve));
    };
    return Promise.all(Array.from({ length: tiles }, async () => job.run(end, tile)));
  }

  /** Answers so many tiles, oldest first. */
  async answer(tiles: number): Promise<void> {
    for (let n = 0; n < tiles; n++) {
      await new Promise(setImmediate);
      this.#running.shift()?.();
    }
    await new Promise(setImmediate);
  }
}

describe('turns', () => {
  it('never are more than the limit, and every tile gets one', async () => {
    const jobs = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(jobs, fc.integer({ min: 1, max: 9 }), async (sizes, limit) => {
        const model = new Model(limit);
        const all = sizes.map(async (tiles, index) => model.job(String(index), tiles));
        const total = sizes.reduce((sum, tiles) => sum + tiles, 0);
        for (let answered = 0; answered < total; answered++) {
          expect(model.turns.taken).toBe(Math.min(limit, total - answered));
          await model.answer(1);
        }
        await Promise.all(all);
        expect(model.order).toHaveLength(total);
      }),
      { numRuns: 30 },
    );
  });

  it('of a small job come at once, but for those of large ones that were to be next', async () => {
    const model = new Model(4);
    for (const name of ['a', 'b', 'c']) void model.job(name, 1000);
    await model.answer(40);
    void model.job('small', 4);
    await model.answer(6);
    expect(model.order.slice(44, 50).filter((name) => name === 'small')).toHaveLength(4);
  });

  it('of large jobs alternate, however large each is', async () => {
    const model = new Model(1);
    void model.job('a', 1000);
    void model.job('b', 50);
    await model.answer(20);
    expect(model.order.filter((name) => name === 'a').length).toBeCloseTo(10, -0.5);
  });

  it('of a large job come even while small ones never end', async () => {
    const model = new Model(1);
    void model.job('large', 100);
    for (let n = 0; n < 170; n++) {
      void model.job('small', 1);
      await model.answer(1);
    }
    expect(model.order.filter((name) => name === 'large').length).toBeGreaterThanOrEqual(10);
  });

  it('cannot be saved up by a job that wants none for a while', async () => {
    const model = new Model(1);
    const late = model.turns.join(100);
    void model.job('busy', 100);
    await model.answer(50);
    void model.send('late', late, { tiles: 100 });
    await model.answer(20);
    expect(model.order.slice(51).filter((name) => name === 'late').length).toBeLessThan(12);
  });
});

it('a tile whose job has ended gives its place up', async () => {
  const model = new Model(1);
  const end = new AbortController();
  void model.job('first', 1);
  const waiting = model.job('ended', 2, end.signal);
  void model.job('next', 1);
  end.abort(new Error('made up'));
  await expect(waiting).rejects.toThrow('made up');
  await model.answer(2);
  expect(model.order).toEqual(['first', 'next']);
  expect(model.turns.taken).toBe(0);
});

it('a higher limit lets waiting tiles go at once; a lower one takes none back', async () => {
  const model = new Model(1);
  void model.job('a', 9);
  model.turns.limit = 5;
  expect(model.turns.taken).toBe(5);
  model.turns.limit = 2;
  await model.answer(4);
  expect(model.turns.taken).toBe(2);
});

it('tells whether a tile had to wait', async () => {
  const model = new Model(2);
  void model.job('a', 2);
  expect(model.turns.takeWasFull()).toBe(false);
  void model.job('b', 1);
  expect(model.turns.takeWasFull()).toBe(true);
  await model.answer(3);
  expect([model.turns.takeWasFull(), model.turns.takeWasFull()]).toEqual([true, false]);
});
