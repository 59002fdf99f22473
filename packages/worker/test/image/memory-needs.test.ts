import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Measured, memoryNeeded } from '../../src/image/memory-needs.ts';
import { OPERATIONS } from '../../src/operations/index.ts';

/** Default of IMAGEN_MEMORY_MB. */
const DEFAULT_BYTES = 768e6;

/** A plain JPEG or PNG of so many megapixels. */
function plain(megapixels: number, hasAlpha = false): Measured {
  const pixels = megapixels * 1e6;
  return { widthPx: 1000, heightPx: pixels / 1000, hasAlpha, decoderBytes: pixels * 4 };
}

const modelOf = (operation: keyof typeof OPERATIONS) => OPERATIONS[operation].models[0]!;

describe('the memory that a job needs', () => {
  it.each([
    ['enhance', plain(50), undefined, true],
    ['comic', plain(50), undefined, true],
    ['aged', plain(50), undefined, true],
    ['bg-remove', plain(50), undefined, true],
    ['upscale', plain(6), undefined, true],
    ['upscale', plain(6, true), undefined, true],
    ['comic', plain(13), 'avif', true],
    ['comic', plain(15), 'avif', false],
    ['comic', plain(19, true), 'webp', true],
    ['comic', plain(21, true), 'webp', false],
  ] as const)('%s of %j as %s: fits by default is %s', (operation, source, format, fits) => {
    expect(memoryNeeded(source, modelOf(operation), format) <= DEFAULT_BYTES).toBe(fits);
  });

  it('holds what it surely holds: source, result and, in decoding, the picture twice', () => {
    const megapixels = fc.double({ min: 0.001, max: 50, noNaN: true });
    const formats = fc.constantFrom('jpeg', 'png', 'webp', 'avif', undefined);
    fc.assert(
      fc.property(megapixels, fc.boolean(), formats, (size, hasAlpha, format) => {
        const source = plain(size, hasAlpha);
        const sourceBytes = size * 1e6 * (hasAlpha ? 4 : 3);
        const needed = memoryNeeded(source, modelOf('upscale'), format);
        expect(needed).toBeGreaterThan(sourceBytes * (1 + 16));
        expect(needed).toBeGreaterThan(source.decoderBytes + sourceBytes);
      }),
    );
  });
});
