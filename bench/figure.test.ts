import fc from 'fast-check';
import { expect, it } from 'vitest';
import { figuresOf, median, meetsGoal, quantile } from './figure.ts';

const numbers = fc.array(fc.integer(), { minLength: 1 });

it('half of the values are at most the median, and half at least', () => {
  fc.assert(
    fc.property(numbers, (values) => {
      const middle = median(values);
      const half = values.length / 2;
      expect(values.filter((value) => value <= middle).length).toBeGreaterThanOrEqual(half);
      expect(values.filter((value) => value >= middle).length).toBeGreaterThanOrEqual(half);
    }),
  );
});

it('quantiles grow from the least value to the largest', () => {
  fc.assert(
    fc.property(numbers, fc.double({ min: 0, max: 1, noNaN: true }), (values, share) => {
      expect(quantile(values, 0)).toBe(Math.min(...values));
      expect(quantile(values, 1)).toBe(Math.max(...values));
      expect(quantile(values, share)).toBeLessThanOrEqual(quantile(values, 1));
    }),
  );
});

it('what is measured in every round is one figure', () => {
  const rounds = [1, 2].map((value) => [{ what: 'a', unit: '', value, floor: '' }]);
  expect(figuresOf(rounds)).toEqual([{ what: 'a', unit: '', values: [1, 2], floor: '' }]);
});

it('a goal is for the median', () => {
  const figure = { what: 'a', unit: '', values: [1, 2, 9], floor: '' };
  expect(meetsGoal(figure)).toBeUndefined();
  expect(meetsGoal({ ...figure, goal: { atMost: 2 } })).toBe(true);
  expect(meetsGoal({ ...figure, goal: { atLeast: 2.1 } })).toBe(false);
});
