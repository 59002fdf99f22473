import { describe, type ExpectStatic, it } from 'vitest';

/** A test. Where several run at the same time, only its own `expect` knows which of them failed. */
type Test<Given extends unknown[]> = (
  tools: { readonly expect: ExpectStatic },
  ...given: Given
) => Promise<void>;

/** What a server does instead of what a test of the suite asks for. */
export interface Difference<Target> {
  /** Completes "it …". */
  readonly does: string;
  /** Passes while the server does so, and fails once it does what the suite asks for. */
  readonly test: Test<[target: Target]>;
}

/** The differences of one server, by the name of the suite's test. */
export type Differences<Target> = Readonly<Record<string, Difference<Target>>>;

/** Adds a test to a suite. Its name is what a server must do. */
export type Check = (name: string, test: Test<[]>) => void;

/** How a suite runs on one server. */
export interface SuiteRun<Target> {
  readonly title: string;
  readonly differences: Differences<Target>;
  /** All tests at the same time: for a server on whose deadlines tests wait in real time. */
  readonly concurrent?: boolean;
  /** Shows the tests as skipped. */
  readonly skip?: boolean;
}

/**
 * Runs a suite on one server. Where the server is known to differ, the test of that difference runs in place of the
 * suite's. A difference that names no test of the suite is a failure.
 *
 * @param suite Adds its tests and answers what they work with.
 */
export function runSuite<Target>(run: SuiteRun<Target>, suite: (check: Check) => Target): void {
  const { differences, concurrent = false, skip = false } = run;
  // oxlint-disable-next-line vitest/valid-title -- the caller says which server it is
  describe(run.title, { concurrent, skip }, () => {
    const names = new Set<string>();
    const target = suite((name, asked) => {
      names.add(name);
      const { does, test } = differences[name] ?? { does: undefined, test: asked };
      const title = does === undefined ? name : `NOT: ${name}. It ${does}`;
      // oxlint-disable-next-line vitest/valid-title, vitest/expect-expect -- both are the suite's
      it(title, async (context) => test(context, target));
    });
    it('every difference is about a test of the suite', ({ expect }) => {
      expect(Object.keys(differences).filter((name) => !names.has(name))).toEqual([]);
    });
  });
}
