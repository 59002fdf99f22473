import { fieldsOf, lengthDelimited, rewrite, wholeNumber } from './protobuf.ts';

/** Field numbers of onnx.proto. */
const GRAPH = 7;
const [INITIALIZER, INPUT, OUTPUT] = [5, 11, 12];
/** Of an input or output: its name, and the way to the dims of its shape. */
const [NAME, TYPE, TENSOR_TYPE, SHAPE, DIM] = [1, 2, 1, 2, 1];
const [DIM_VALUE, DIM_PARAM] = [1, 2];
const [ELEMENT_TYPE, FLOAT] = [1, 1];
const CONSTANT = { dim: 1, name: 8, rawData: 9 };

/** A row of whole numbers 0, 1, 2 … that a graph of any size takes as an input instead of holding it. */
export interface CountingInput {
  readonly name: string;
  /** True where it counts columns, `[N, 1, 1, W]`; else rows, `[N, 1, H, 1]`. FP32. */
  readonly countsColumns: boolean;
}

/**
 * A shipped graph that takes pictures of any size: height and width of TILE and RESULT are left open, and a constant that
 * counts 0, 1 … T−1 (style_aged adds it to COORDS) becomes an input. No node is touched.
 * @param model an ONNX file whose pictures are `[N, T, T, 3]`
 */
export function openGraph(
  model: Buffer,
  tilePx: number,
): { readonly bytes: Buffer; readonly counting: readonly CountingInput[] } {
  const counting: CountingInput[] = [];
  const bytes = rewrite(model, [GRAPH], (graph) => {
    const rest = rewrite(graph, [INITIALIZER], (constant) => {
      const input = asCountingInput(constant, tilePx);
      if (input) counting.push(input);
      return input ? undefined : constant;
    });
    const opened = [INPUT, OUTPUT].reduce(
      (message, values) => rewrite(message, [values], openPicture),
      rest,
    );
    return Buffer.concat([opened, ...counting.map(declare)]);
  });
  return { bytes, counting };
}

/** Gives height and width of a picture names instead of numbers; leaves what is no picture as it is. */
function openPicture(value: Buffer): Buffer {
  const name = String(fieldsOf(value).find(({ number }) => number === NAME)?.payload);
  return rewrite(value, [TYPE, TENSOR_TYPE, SHAPE], (shape) => {
    const dims = fieldsOf(shape).map(({ bytes }) => bytes);
    const isPicture = dims.length === 4;
    return Buffer.concat(
      isPicture ? dims.with(1, openDim(`${name}_1`)).with(2, openDim(`${name}_2`)) : dims,
    );
  });
}

function asCountingInput(constant: Buffer, tilePx: number): CountingInput | undefined {
  const fields = fieldsOf(constant);
  const payload = (wanted: number): Buffer | undefined =>
    fields.find(({ number }) => number === wanted)?.payload;
  const counts = Float32Array.from({ length: tilePx }, (_, i) => i);
  if (!payload(CONSTANT.rawData)?.equals(Buffer.from(counts.buffer))) return undefined;
  const dims = fields.filter(({ number }) => number === CONSTANT.dim);
  return {
    name: String(payload(CONSTANT.name)),
    countsColumns: dims.at(-1)!.value === tilePx,
  };
}

/** The input as the graph declares it. */
function declare({ name, countsColumns }: CountingInput): Buffer {
  const one = lengthDelimited(DIM, wholeNumber(DIM_VALUE, 1));
  const counted = openDim(name);
  const dims = [openDim('N'), one, ...(countsColumns ? [one, counted] : [counted, one])];
  const shape = lengthDelimited(SHAPE, ...dims);
  const tensorType = lengthDelimited(TENSOR_TYPE, wholeNumber(ELEMENT_TYPE, FLOAT), shape);
  const type = lengthDelimited(TYPE, tensorType);
  return lengthDelimited(INPUT, lengthDelimited(NAME, name), type);
}

/** A dim of any length, which has a name instead. */
function openDim(name: string): Buffer {
  return lengthDelimited(DIM, lengthDelimited(DIM_PARAM, name));
}
