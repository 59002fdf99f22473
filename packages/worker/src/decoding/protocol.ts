/** What a decoder process is asked about the source in the scratch file. */
export interface Question {
  readonly ask: 'measure' | 'decode';
  readonly sourceBytes: number;
}

/** Descriptor of the scratch file in a decoder process. */
export const SCRATCH_FD = 3;
/** Most memory that a decoder process may take: progressive JPEG and interlaced PNG of 50 megapixels fit, bombs do not. */
export const MAX_DECODER_BYTES = 700_000_000;
/** Exit code of a decoder process that was about to take more. */
export const TOO_MUCH_MEMORY = 77;
