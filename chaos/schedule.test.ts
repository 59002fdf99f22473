import { expect, test } from 'vitest';
import { distinctJobs, randomJobs } from './chaos-jobs.ts';
import { disturbanceNames } from './disturbances.ts';
import { Random } from './random.ts';
import { Schedule, type Step, strikesWanted } from './schedule.ts';
import { makeSources } from './source-pictures.ts';

const rounds = (seed: number): Step[][] => {
  const schedule = new Schedule(new Random(seed).fork('schedule'), disturbanceNames());
  return [schedule.round(), schedule.round(['triton/kill', 'worker/sigkill'])];
};

const everything = async (seed: number): Promise<object> => {
  const random = new Random(seed);
  const sources = await makeSources(random.fork('sources'));
  const kinds = distinctJobs(random.fork('kinds'), sources);
  return { sources, jobs: randomJobs(random.fork('jobs'), kinds, { count: 50, prefix: 'job' }) };
};

test('the same seed gives the same schedule, another seed another one', () => {
  expect(rounds(7)).toStrictEqual(rounds(7));
  expect(rounds(7)).not.toStrictEqual(rounds(8));
});

test('the same seed gives the same pictures and jobs, another seed others', async () => {
  const jobs = await everything(7);
  expect(await everything(7)).toStrictEqual(jobs);
  expect(await everything(8)).not.toStrictEqual(jobs);
});

test('a round has every disturbance once, or those that are asked for', () => {
  const [all = [], some = []] = rounds(7);
  expect(all.map(({ name }) => name).toSorted()).toStrictEqual(disturbanceNames().toSorted());
  expect(some.map(({ name }) => name).toSorted()).toStrictEqual(['triton/kill', 'worker/sigkill']);
});

test('what is left out does not come', () => {
  const names = disturbanceNames(['storage/', 'triton/kill-stub']);
  expect(names).toContain('triton/kill');
  expect(names).not.toContain('triton/kill-stub');
  expect(names.filter((name) => name.startsWith('storage/'))).toStrictEqual([]);
});

test('a run of 1,000 jobs wants ten strikes of each, a small one none', () => {
  expect(strikesWanted(1_000)).toBe(10);
  expect(strikesWanted(20)).toBe(0);
});

test('random numbers are spread over their range, and a fork does not depend on draws before it', () => {
  const random = new Random(3);
  const early = random.fork('x').next();
  const draws = Array.from({ length: 1_000 }, () => random.int(1, 4));
  expect(random.fork('x').next()).toBe(early);
  for (const value of [1, 2, 3, 4]) {
    expect(draws.filter((draw) => draw === value).length).toBeGreaterThan(180);
  }
});

test('every operation is among the kinds of jobs, and so is every bad source', async () => {
  const random = new Random(1);
  const kinds = distinctJobs(random, await makeSources(random));
  expect(new Set(kinds.map(({ operation }) => operation)).size).toBe(5);
  expect(kinds.filter(({ isGood }) => !isGood)).toHaveLength(3);
});
