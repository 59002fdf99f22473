import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MemoryBudget } from '../src/memory-budget.ts';

const { signal } = new AbortController();

it('is never exceeded, and everybody gets a turn', async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 100 }), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(sizes, fc.scheduler(), async (all, scheduler) => {
      const budget = new MemoryBudget(100);
      const running = new Set<number>();
      const jobs = all.map(async (bytes, index) =>
        budget.run(bytes, signal, async () => {
          running.add(index);
          const used = [...running].reduce((sum, job) => sum + all[job]!, 0);
          expect(used).toBeLessThanOrEqual(100);
          await scheduler.schedule(Promise.resolve());
          running.delete(index);
        }),
      );
      await scheduler.waitFor(Promise.all(jobs));
      expect(budget.usedBytes).toBe(0);
    }),
  );
});

/** Starts a job that goes on until `end` is called. */
function endless(budget: MemoryBudget, bytes: number) {
  const { promise, resolve: end } = Promise.withResolvers<void>();
  const job = { hasStarted: false, end, ended: Promise.resolve() };
  job.ended = budget.run(bytes, signal, async () => {
    job.hasStarted = true;
    await promise;
  });
  return job;
}

it('lets small jobs past a large one that waits, in the room that it leaves free', async () => {
  const budget = new MemoryBudget(100);
  const [, large, small, other] = [60, 90, 10, 1].map((bytes) => endless(budget, bytes));
  await new Promise(setImmediate);
  expect([large, small, other].map((job) => job?.hasStarted)).toEqual([false, true, false]);
});

it('has a large job begin as soon as it would have without those that overtook it', async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 41, max: 100 }), sizes, async (bytes, others) => {
      const budget = new MemoryBudget(100);
      const blocking = endless(budget, 60);
      const large = endless(budget, bytes);
      for (const size of others) endless(budget, size);
      blocking.end();
      await blocking.ended;
      await new Promise(setImmediate);
      expect(large.hasStarted).toBe(true);
    }),
  );
});

it('refuses a job that will never fit: IMAGE_TOO_LARGE', async () => {
  const budget = new MemoryBudget(100);
  const work = async (): Promise<never> => expect.fail('did the work');
  await expect(budget.run(101, signal, work)).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE' });
});

it('is given back by work that fails', async () => {
  const budget = new MemoryBudget(100);
  const failing = budget.run(100, signal, async () => Promise.reject(new Error('no')));
  await expect(failing).rejects.toThrow('no');
  expect(await budget.run(100, signal, async () => Promise.resolve('next'))).toBe('next');
});

it('lets a job that waits go, and the next one in', async () => {
  const budget = new MemoryBudget(100);
  const [first, leaving] = [Promise.withResolvers<void>(), new AbortController()];
  const running = budget.run(60, signal, async () => first.promise);
  const waiting = budget.run(90, leaving.signal, async () => Promise.resolve());
  const next = budget.run(40, signal, async () => Promise.resolve('in'));
  leaving.abort(new Error('stop'));
  await expect(waiting).rejects.toThrow('stop');
  expect(await next).toBe('in');
  first.resolve();
  await running;
  expect(budget.usedBytes).toBe(0);
});
