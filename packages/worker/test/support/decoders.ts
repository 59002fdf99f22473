import { openDecoders } from '../../src/decoding/decoders.ts';
import type { Decoders } from '../../src/ports.ts';

/** Decoder processes that all tests of a file share; they end with it. */
export const decoders: Decoders = openDecoders();
