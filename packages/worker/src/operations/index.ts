import type { OperationName } from '@imagen/contracts';
import { aged } from './aged.ts';
import { bgRemove } from './bg-remove.ts';
import { comic } from './comic.ts';
import { enhance } from './enhance.ts';
import type { Operation } from './operation.ts';
import { upscale } from './upscale.ts';

/** Every operation by name. */
export const OPERATIONS: Readonly<Record<OperationName, Operation>> = {
  upscale,
  enhance,
  comic,
  'bg-remove': bgRemove,
  aged,
};
