import { describe, expect, it } from 'vitest';
import { applyModel } from '../../src/apply-model.ts';
import { JobError } from '../../src/errors.ts';
import { cutTile } from '../../src/image/cut.ts';
import type { Picture } from '../../src/image/picture.ts';
import { flatPicture, noisePicture, withAlpha } from '../support/pictures.ts';
import {
  anOperation,
  answering,
  boxBlur,
  identity,
  type Infer,
  inferenceOf,
} from '../support/tile-models.ts';

const facts = { tilePx: 16, haloPx: 2, originAlignPx: 2, scale: 1 };
const picture = noisePicture({ widthPx: 100, heightPx: 75 }, 7);
const TILES = 8 * 6;
/** Tiles of one job that wait at a time. */
const LANES = 32;

/** Runs an operation over a picture with an inference port of the test's own. */
function apply(
  infer: Infer,
  { source = picture, operation = anOperation(), signal = new AbortController().signal } = {},
): ReturnType<typeof applyModel> {
  return applyModel(source, operation, inferenceOf(facts, infer), signal);
}

/** A port whose requests end only when their signal aborts; tells when as many as there are lanes have begun. */
function waitingPort(): {
  infer: Infer;
  allBegun: Promise<void>;
  running: () => number;
  begun: () => number;
} {
  let [begun, running] = [0, 0];
  const all = Promise.withResolvers<void>();
  const infer: Infer = async (_model, _request, signal) => {
    running += 1;
    if ((begun += 1) === LANES) all.resolve();
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    // Ends later than its abort, as a call over the network does.
    await new Promise(setImmediate);
    running -= 1;
    throw signal.reason;
  };
  return { infer, allBegun: all.promise, running: () => running, begun: () => begun };
}

describe('a picture cut into tiles', () => {
  it('comes back whole, with the number of requests and the version of the model', async () => {
    const { infer, requests } = answering(facts, identity);
    const output = await apply(infer);
    expect(output).toEqual({ raster: picture.rgb, tiles: TILES, modelVersion: '7' });
    expect(requests).toHaveLength(TILES);
  });

  it('has its PARAMS decided once, from the whole source, and the same in every tile', async () => {
    const { infer, requests } = answering(facts, identity);
    const sources: Picture[] = [];
    const operation = anOperation({}, async (source) => Float32Array.of(sources.push(source), 0));
    await apply(infer, { operation });
    expect(sources).toEqual([picture]);
    expect(requests.every(({ params }) => params?.join() === '1,0')).toBe(true);
  });

  it('has COORDS that say where each tile lies and how large the picture is', async () => {
    const { infer, requests } = answering(facts, identity);
    await apply(infer);
    for (const { tile, coords = new Float32Array() } of requests) {
      const [xPx = -1, yPx = -1, ...size] = coords;
      const expected = new Uint8Array(tile.length);
      cutTile(picture.rgb, { xPx, yPx }, facts.tilePx, expected);
      expect(tile).toEqual(expected);
      expect(size).toEqual([100, 75]);
    }
    expect(new Set(requests.map(({ coords }) => coords?.join())).size).toBe(TILES);
  });

  it('has neither PARAMS nor COORDS where the model takes none', async () => {
    const { infer, requests } = answering(facts, identity);
    await apply(infer, { operation: anOperation({ paramsLength: 0, coords: false }) });
    expect(requests.every((request) => Object.keys(request).join() === 'tile')).toBe(true);
  });

  it('is the same whatever order the answers come in', async () => {
    const model = boxBlur(2);
    const { infer } = answering(facts, model);
    let turn = 0;
    const shuffled: Infer = async (...call) => {
      for (let waits = (turn += 7) % 5; waits > 0; waits--) await new Promise(setImmediate);
      return infer(...call);
    };
    expect((await apply(shuffled)).raster).toEqual((await apply(infer)).raster);
  });
});

it('a picture stretched to one tile is one request, and RESULT is the raster', async () => {
  const { infer, requests } = answering(facts, identity);
  const source = flatPicture({ widthPx: 301, heightPx: 7 });
  const output = await apply(infer, { source, operation: anOperation({ tiling: 'whole' }) });
  expect(output).toMatchObject({ tiles: 1, modelVersion: '7' });
  expect(output.raster).toEqual(flatPicture({ widthPx: 16, heightPx: 16 }).rgb);
  expect(requests[0]?.coords).toEqual(Float32Array.of(0, 0, 301, 7));
});

it.each(['tiles', 'whole'] as const)('%s: no colour under transparency', async (tiling) => {
  const { infer, requests } = answering(facts, identity);
  const grey = flatPicture({ widthPx: 40, heightPx: 40 }, [99, 99, 99]);
  for (let i = 0; i < 800; i++) grey.rgb.data.set([255, 0, 255], i * 3);
  const source = withAlpha(grey, (_, y) => (y < 20 ? 0 : 255));
  await apply(infer, { source, operation: anOperation({ tiling }) });
  expect(requests.every(({ tile }) => tile.every((value) => value === 99))).toBe(true);
});

describe('the first failure', () => {
  it('aborts the other tiles, and the job fails with it when all of them have ended', async () => {
    const port = waitingPort();
    const failure = new JobError('INFERENCE_FAILED', 'made up');
    const infer: Infer = async (model, request, signal) => {
      if (request.coords?.[0] !== 12) return port.infer(model, request, signal);
      await new Promise(setImmediate);
      throw failure;
    };
    await expect(apply(infer)).rejects.toBe(failure);
    expect(port.running()).toBe(0);
    expect(port.begun()).toBeLessThan(LANES);
  });

  it.each(['tiles', 'whole'] as const)(
    'may be a RESULT of the wrong length (%s)',
    async (tiling) => {
      const infer = async (): ReturnType<Infer> =>
        Promise.resolve({ result: new Uint8Array(5), modelVersion: '7' });
      const applied = apply(infer, { operation: anOperation({ tiling }) });
      await expect(applied).rejects.toMatchObject({ code: 'MODEL_CONTRACT' });
    },
  );
});

describe("the job's own signal", () => {
  it('ends all tiles in flight, which are at most as many as there are lanes, and begins no other', async () => {
    const port = waitingPort();
    const stop = new AbortController();
    const output = apply(port.infer, { signal: stop.signal });
    await port.allBegun;
    stop.abort(new JobError('LEASE_LOST', 'made up'));
    await expect(output).rejects.toBe(stop.signal.reason);
    expect([port.begun(), port.running()]).toEqual([LANES, 0]);
  });

  it('that aborted before begins none', async () => {
    const port = waitingPort();
    const signal = AbortSignal.abort(new JobError('SHUTTING_DOWN', 'made up'));
    await expect(apply(port.infer, { signal })).rejects.toBe(signal.reason);
    expect(port.begun()).toBe(0);
  });
});
