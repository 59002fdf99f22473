import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { checkArrows } from '../scripts/arrows.ts';

const planted = fileURLToPath(new URL('fixtures/arrows', import.meta.url));

it('catches planted imports against the arrows, type-only ones too', () => {
  const { violations } = checkArrows(planted);
  expect(violations.toSorted()).toEqual([
    expect.stringMatching(/^image-knows-errors: .*image\/planted\.ts → .*operations\/planted\.ts$/),
    expect.stringMatching(/^one-place-knows-sharp: .*image\/planted\.ts → .*sharp/),
    expect.stringMatching(
      /^operations-know-images: .*operations\/planted\.ts → .*gcp\/objects\.ts$/,
    ),
  ]);
});
