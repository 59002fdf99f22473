import { ERROR_CODES, type ErrorCode } from '@imagen/contracts';
import * as z from 'zod';
import type { Decoded } from '../image/decode.ts';
import type { Picture } from '../image/picture.ts';
import type { Measured } from '../image/memory-needs.ts';
import { MAX_SOURCE_PIXELS } from '../image/source-header.ts';

/** What a decoder process answers. */
export type Answer =
  | { readonly refused: Refusal }
  | { readonly measured: Measured }
  | { readonly decoded: DecodedFacts };

interface Refusal {
  readonly code: ErrorCode;
  /** For everybody. */
  readonly message: string;
  /** For the log. */
  readonly detail: string;
}

/** A decoded source whose pixels lie in the scratch file: colour `[H, W, 3]`, then alpha `[H, W, 1]` where it has one. */
interface DecodedFacts extends Omit<Decoded, 'picture'>, Pick<Picture, 'space'> {
  readonly hasAlpha: boolean;
}

const side = z.int().positive();
const size = { widthPx: side, heightPx: side };
const text = z.string();
const credit = z.string().max(2000).optional();

/** Checks an answer: a source may have taken over the process that gives it. */
export const AnswerSchema: z.ZodType<Answer> = z.union([
  z.strictObject({
    refused: z.strictObject({ code: z.enum(ERROR_CODES), message: text, detail: text }),
  }),
  z.strictObject({
    measured: z.strictObject({ ...size, decoderBytes: z.number(), hasAlpha: z.boolean() }),
  }),
  z.strictObject({
    decoded: z
      .strictObject({
        ...size,
        hasAlpha: z.boolean(),
        format: z.enum(['jpeg', 'png', 'webp', 'avif', 'gif', 'tiff']),
        space: z.literal('display-p3').optional(),
        notes: z.array(text),
        credits: z.strictObject({ copyright: credit, artist: credit, description: credit }),
      })
      .refine(({ widthPx, heightPx }) => widthPx * heightPx <= MAX_SOURCE_PIXELS),
  }),
]);
