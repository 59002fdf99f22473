import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bleedColour } from '../../src/image/alpha.ts';
import { analyse } from '../../src/image/analysis.ts';
import { embedProfile } from '../../src/image/embed-profile.ts';
import { guidedFilter } from '../../src/image/guided-filter.ts';
import { blur, toMaps } from '../../src/image/maps.ts';
import { multiplyAlpha, putOn, toRgba } from '../../src/image/picture.ts';
import { forEachStrip } from '../../src/image/strips.ts';
import { upscaleAlpha } from '../../src/image/upscale-alpha.ts';
import { flatPicture, sizes, withAlpha } from '../support/pictures.ts';

const size = { widthPx: 640, heightPx: 480 };
const picture = withAlpha(flatPicture(size), (x, y) => (x * y) % 256);
const { rgb, alpha = rgb } = picture;
const guide = await toMaps(rgb);
const file = Buffer.alloc(4e6, Buffer.of(0xff, 0xd8, 0xff, 0xdb));

/** How many turns the event loop has while work is under way. */
async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let next: NodeJS.Immediate | undefined;
  const take = (): void => {
    turns += 1;
    next = setImmediate(take);
  };
  take();
  await work();
  clearImmediate(next);
  return turns;
}

describe('strips', () => {
  it('are rows from the top to the bottom, each once, at least one at a time', async () => {
    const strips = fc.asyncProperty(
      sizes(20),
      fc.integer({ min: 1, max: 500 }),
      async (...drawn) => {
        const rows: number[] = [];
        const [anySize, stripPixels] = drawn;
        await forEachStrip(
          anySize,
          (from, to) => {
            for (let row = from; row < to; row++) rows.push(row);
          },
          stripPixels,
        );
        expect(rows).toEqual(Array.from({ length: anySize.heightPx }, (_, row) => row));
      },
    );
    await fc.assert(strips);
  });

  it.each([
    ['bleeding colour', async () => bleedColour(picture)],
    ['analysing', async () => analyse(rgb)],
    ['embedding a profile', async () => embedProfile(file, 'jpeg', Buffer.alloc(9))],
    ['blurring maps', async () => blur(guide, 3)],
    ['filtering', async () => guidedFilter(guide, { radiusPx: 2, epsilon: 0.01 })],
    ['multiplying alpha', async () => multiplyAlpha(alpha, alpha)],
    ['putting on a colour', async () => putOn('#336699', { rgb, alpha })],
    ['joining colour and alpha', async () => toRgba(rgb, alpha)],
    ['enlarging alpha', async () => upscaleAlpha(alpha, 2)],
  ])('give the event loop its turns: %s', async (_, work) => {
    expect(await turnsDuring(work)).toBeGreaterThan(3);
  });
});
