import * as z from 'zod';

/** What bg-remove hands back: the subject on transparency, the matte itself, or the subject on a colour. */
const BgRemoveResultSchema = z.union([
  z.enum(['cutout', 'matte']),
  z.string().regex(/^#[0-9a-fA-F]{6}$/, 'expected "cutout", "matte" or a colour such as "#ffffff"'),
]);

/**
 * The params of every operation, with range, default and meaning. This is the one list of operations:
 * the types, topics, subscriptions and JSON Schemas all derive from its keys.
 */
export const PARAMS_SCHEMAS = {
  upscale: z
    .strictObject({
      scale: z.literal([2, 4]).default(4).describe('Width and height are multiplied by this.'),
    })
    .describe('Super-resolution.'),
  enhance: z
    .strictObject({
      strength: z
        .number()
        .min(0)
        .max(1)
        .default(1)
        .describe('Share of the measured noise and compression damage to remove.'),
      autoTone: z
        .boolean()
        .default(true)
        .describe('Stretch and balance the tones, decided once from the whole picture.'),
      sharpen: z.number().min(0).max(2).default(0).describe('Unsharp mask, 0 is off.'),
    })
    .describe('Removes noise and JPEG damage, balances tones.'),
  comic: z
    .strictObject({
      lineStrength: z.number().min(0).max(1.5).default(1).describe('Darkness of the ink lines.'),
      levels: z.int().min(3).max(16).default(7).describe('Number of luminance steps.'),
      smoothing: z.number().min(0).max(1).default(1).describe('Flattening of texture.'),
      saturation: z.number().min(0.5).max(2).default(1.4).describe('1 keeps the colours.'),
    })
    .describe('Ink lines and flat colour.'),
  'bg-remove': z
    .strictObject({
      result: BgRemoveResultSchema.default('cutout').describe(
        '"cutout" (transparent background), "matte" (grey alpha) or a background colour "#rrggbb".',
      ),
    })
    .describe('Removes the background. Best effort: the built-in model is small.'),
  aged: z
    .strictObject({
      strength: z.number().min(0).max(1).default(1).describe('0 leaves the picture as it is.'),
      grain: z.number().min(0).max(1).default(0.5).describe('Film grain.'),
      sepia: z.number().min(0).max(1).default(0.55).describe('Warmth of the print.'),
      seed: z
        .int()
        .min(0)
        .max(4090)
        .optional()
        .describe('Places grain and scratches. Default: derived from the jobId.'),
    })
    .describe('Old film: faded, warm, grainy, scratched.'),
} as const;

/** Name of an operation, as in topic names and object names. */
export type OperationName = keyof typeof PARAMS_SCHEMAS;

/** Validated params of an operation, defaults filled in. */
export type Params<Name extends OperationName> = z.output<(typeof PARAMS_SCHEMAS)[Name]>;

/** Every operation, in the order people see them. */
export const OPERATION_NAMES = Object.keys(PARAMS_SCHEMAS) as OperationName[];

/** True for the name of an operation. */
export function isOperationName(name: string): name is OperationName {
  return Object.hasOwn(PARAMS_SCHEMAS, name);
}
