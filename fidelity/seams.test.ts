import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { formatTable } from '../packages/cli/src/output.ts';
import { OPERATIONS } from '../packages/worker/src/operations/index.ts';
import type { PreparedOperation } from '../packages/worker/src/operations/operation.ts';
import type { Model } from '../packages/worker/src/ports.ts';
import { type Comparison, type SeamBench, startSeamBench } from './seam-bench.ts';
import { sizesFor } from './sizes.ts';

const SEED = 1;
/** What tiles may differ by where their halo does not cover all that the network looks at, in levels of 255. */
const TOLERANCE = 2;

const { upscale, enhance, comic, aged } = OPERATIONS;
/** Every tile model, with params that use all of its graph: pictures take them in turn. */
const MODELS: Readonly<Record<string, readonly PreparedOperation[]>> = {
  upscale: [upscale.prepare({ scale: 4 }, 'job')],
  upscale_x2: [upscale.prepare({ scale: 2 }, 'job')],
  enhance: [enhance.prepare({}, 'job'), enhance.prepare({ sharpen: 2 }, 'job')],
  style_comic: [
    comic.prepare({}, 'job'),
    comic.prepare({ lineStrength: 1.5, levels: 16, smoothing: 0.5 }, 'job'),
  ],
  style_aged: [aged.prepare({}, 'job'), aged.prepare({ grain: 1, sepia: 1, seed: 4090 }, 'job')],
};

let bench: SeamBench;
const table: (string | number)[][] = [
  ['model', 'sizes', 'median difference', 'largest', 'allowed', 'tiles', 'seconds'],
];

beforeAll(async () => {
  bench = await startSeamBench(Object.keys(MODELS));
});
afterAll(async () => {
  process.stdout.write(`\n${formatTable(table)}\n\n`);
  await bench[Symbol.asyncDispose]();
});

it.each(Object.entries(MODELS))(
  '%s: tiles put together are the picture that is not cut, whatever its size',
  async (name, operations) => {
    const startedAt = performance.now();
    const facts = await factsOf(operations);
    const allowed = facts.haloPx >= (await receptiveRadiusPx(name)) ? 0 : TOLERANCE;
    // All at once: then tiles of different pictures share batches.
    const found = await Promise.all(
      sizesFor(facts, SEED).map(async (size, seed) =>
        bench.compare({ operation: operations[seed % operations.length]!, size, seed }),
      ),
    );
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    table.push([name, ...summarise(found, allowed), seconds]);
    expect(found.filter(({ levels }) => levels > allowed)).toEqual([]);
  },
);

// For a network whose every pixel counts: packages/worker/test/image/cut-and-stitch.test.ts.
it('a halo of half the receptive radius is seen', async () => {
  const [operation] = MODELS['style_comic']!;
  const { tilePx } = await factsOf([operation!]);
  const size = { widthPx: tilePx + 60, heightPx: tilePx };
  const haloPx = Math.floor((await receptiveRadiusPx('style_comic')) / 2);
  const { levels } = await bench.compare({ operation: operation!, size, seed: SEED, haloPx });
  expect(levels).toBeGreaterThan(TOLERANCE);
});

async function factsOf([operation]: readonly PreparedOperation[]): Promise<Model> {
  return bench.inference.model(operation!.model, new AbortController().signal);
}

/** How far the network looks around a pixel, as its `MODEL.md` says. */
async function receptiveRadiusPx(modelName: string): Promise<number> {
  const file = new URL(`../triton/model_repository/${modelName}/MODEL.md`, import.meta.url);
  return Number(/The receptive radius is (\d+)/.exec(await readFile(file, 'utf8'))![1]);
}

/** Sizes, median and largest difference, what is allowed, tiles. */
function summarise(found: readonly Comparison[], allowed: number): number[] {
  const levels = found.map((comparison) => comparison.levels).toSorted((a, b) => a - b);
  const median = levels[Math.floor(levels.length / 2)]!;
  const tiles = found.reduce((sum, comparison) => sum + comparison.tiles, 0);
  return [found.length, median, levels.at(-1)!, allowed, tiles];
}
