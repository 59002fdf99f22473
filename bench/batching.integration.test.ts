import { expect, it } from 'vitest';
import { measureBatching } from './batching.ts';

it('fixed tiles run in full batches; encoded images never share one', async () => {
  const [tiles, , encoded] = await measureBatching(1);
  expect(tiles).toMatchObject({ model: 'tiles' });
  expect(tiles!.meanBatch).toBeGreaterThan(7.2);
  expect(encoded).toMatchObject({ model: 'encoded_images', meanBatch: 1 });
});
