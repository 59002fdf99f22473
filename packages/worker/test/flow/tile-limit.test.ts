import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TileLimit } from '../../src/flow/tile-limit.ts';
import { type FleetOptions, SimulatedFleet } from '../support/simulated-fleet.ts';

/** Fleets of 1 to 5 workers, at Tritons from fast (20 ms a batch) to slow (2 s). */
const fleets: fc.Arbitrary<FleetOptions> = fc.record({
  workers: fc.integer({ min: 1, max: 5 }),
  baseMs: fc.integer({ min: 4, max: 400 }),
  perTileMs: fc.integer({ min: 2, max: 200 }),
  wayMs: fc.integer({ min: 1, max: 5 }),
  random: fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })).map((stream) => {
    return () => stream.next().value as number;
  }),
});

/** Runs a fleet until it has settled: 60 batches, and 20 s. */
function settled(options: FleetOptions): SimulatedFleet {
  const fleet = new SimulatedFleet(options);
  fleet.pass(settlingS(options));
  return fleet;
}

function settlingS({ baseMs, perTileMs }: FleetOptions): number {
  return Math.max(20, (60 * (baseMs + 8 * perTileMs)) / 1000);
}

describe('the limits of a fleet', () => {
  it('keep about two batches at Triton, which are full, however many workers and however fast it is', () => {
    fc.assert(
      fc.property(fleets, (options) => {
        const report = settled(options).pass(settlingS(options));
        expect(report.tilesAtTriton).toBeGreaterThan(13);
        expect(report.tilesAtTriton).toBeLessThan(24);
        expect(report.meanBatch).toBeGreaterThan(7);
        expect(report.efficiency).toBeGreaterThan(0.9);
      }),
      { numRuns: 40 },
    );
  });

  it('become alike for all workers, whoever came first', () => {
    fc.assert(
      fc.property(fleets, (options) => {
        const fleet = settled(options);
        fleet.addWorker();
        fleet.addWorker();
        fleet.pass(8 * settlingS(options));
        expect(fleet.pass(settlingS(options)).fairness).toBeGreaterThan(0.87);
      }),
      { numRuns: 40 },
    );
  });

  it('of more workers than two batches have tiles are 1 each', () => {
    const random = (): number => 0.5;
    const options = { workers: 20, baseMs: 20, perTileMs: 10, wayMs: 2, random };
    const report = settled(options).pass(30);
    expect(report.tilesAtTriton).toBeLessThan(21);
    expect(report.meanBatch).toBeGreaterThan(7.9);
  });

  it('find Triton full again within seconds after it was slow, and no more tiles there while it was', () => {
    fc.assert(
      fc.property(fleets, (options) => {
        const fleet = settled(options);
        fleet.slowness = 3;
        expect(fleet.pass(6 * settlingS(options)).tilesAtTriton).toBeLessThan(24);
        fleet.slowness = 1;
        fleet.pass(settlingS(options) / 6);
        expect(fleet.pass(settlingS(options)).efficiency).toBeGreaterThan(0.85);
      }),
      { numRuns: 40 },
    );
  });
});

describe('a limit', () => {
  /** Ten executions in a second, with so many tiles at Triton. */
  const second = (n: number, tilesAtTriton: number) => ({
    atMs: n * 1000,
    executions: n * 10,
    requestNs: n * tilesAtTriton * 1e9,
  });

  it('that no tile had to wait for does not rise', () => {
    const limit = new TileLimit(8);
    for (let n = 0; n < 20; n++) limit.observe(second(n, 2), false);
    expect(limit.tiles).toBe(8);
  });

  it('stays within 1 and 64, whatever Triton says', () => {
    const said = fc.array(fc.double({ min: 0, max: 1000, noNaN: true }), { maxLength: 100 });
    fc.assert(
      fc.property(said, (loads) => {
        const limit = new TileLimit(8);
        let requestNs = 0;
        for (const [n, load] of loads.entries()) {
          requestNs += load * 1e9;
          limit.observe({ atMs: n * 1000, executions: n * 10, requestNs }, true);
          expect(limit.tiles).toBeGreaterThanOrEqual(1);
          expect(limit.tiles).toBeLessThanOrEqual(64);
        }
      }),
    );
  });

  it('learns nothing from a model that was loaded again, or from a time without work', () => {
    const limit = new TileLimit(8);
    limit.observe(second(50, 18), true);
    limit.observe(second(1, 18), true);
    limit.pause();
    limit.observe(second(90, 0), true);
    expect(limit.tiles).toBe(8);
  });
});
