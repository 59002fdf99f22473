import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compareModel } from '../src/model-facts.ts';
import { OPERATIONS } from '../src/operations/index.ts';
import { readPbtxt, toModelConfig } from './support/config-pbtxt.ts';
import { LINT_RULES, lintModel, type ModelFolder } from './support/model-lint.ts';

const triton = new URL('../../../triton/', import.meta.url);
const repository = new URL('model_repository/', triton);

const folders: ModelFolder[] = readdirSync(repository).map((name) => ({
  name,
  config: readFileSync(new URL(`${name}/config.pbtxt`, repository), 'utf8'),
  files: readdirSync(new URL(name, repository), { recursive: true, encoding: 'utf8' }),
}));
/** The model with all inputs. */
const aged = folders.find(({ name }) => name === 'style_aged')!;
const specs = Object.values(OPERATIONS).flatMap(({ models }) => models);

describe('the model repository', () => {
  it.each(folders)('$name keeps all rules', (folder) => {
    expect(lintModel(folder)).toEqual([]);
  });

  it('holds the models of all operations, and no other', () => {
    const used = specs.map(({ modelName }) => modelName);
    expect(folders.map(({ name }) => name).toSorted()).toEqual([...new Set(used)].toSorted());
  });

  it.each(specs)('$modelName is what its operation expects', (spec) => {
    const { config } = folders.find(({ name }) => name === spec.modelName)!;
    expect(compareModel(toModelConfig(readPbtxt(config)), spec)).toEqual([]);
  });

  it.each([
    { scale: 2 },
    { tiling: 'whole' },
    { paramsLength: 7 },
    { paramsLength: 0 },
    { coords: false },
    { resultChannels: 1 },
  ] as const)('would not do for an operation that differs by %j', (difference) => {
    const spec = specs.find(({ modelName }) => modelName === aged.name)!;
    const problems = compareModel(toModelConfig(readPbtxt(aged.config)), {
      ...spec,
      ...difference,
    });
    expect(problems).not.toEqual([]);
  });

  it('has no Python that needs tensors to be in CPU memory, or copies them there', () => {
    const files = readdirSync(triton, { recursive: true, encoding: 'utf8' });
    const python = files.filter((file) => file.endsWith('.py'));
    const guilty = python.filter((file) =>
      /\bas_numpy\(|\bpb_utils\.Tensor\(/.test(readFileSync(new URL(file, triton), 'utf8')),
    );
    expect(python).not.toEqual([]);
    expect(guilty).toEqual([]);
  });
});

describe('the lint', () => {
  const TILE = '{ name: "TILE" data_type: TYPE_UINT8 dims: [512, 512, 3] }';
  const RESULT = '{ name: "RESULT" data_type: TYPE_UINT8 dims: [512, 512, 3] }';
  const PLAIN = 'dynamic_batching { }';
  const BATCHING = 'dynamic_batching is there, without a delay or anything else';
  const FIXED = 'dims are fixed';
  const ALL_THERE = 'no input is optional, reshaped or ragged';
  const INPUTS = 'inputs are TILE, and after it PARAMS and COORDS where they are';
  const INSTANCE = 'there is one instance, KIND_AUTO';
  const FACTS = 'the five facts are there, once each';
  const GROUP = '{ kind: KIND_AUTO count: 1 }';
  const SCALE = 'parameters { key: "scale" value { string_value: "1" } }';

  const PLANTED = [
    ['its name is its folder', 'name: "style_aged"', 'name: "style_old"'],
    ['max_batch_size is 8', 'max_batch_size: 8', 'max_batch_size: 4'],
    ['max_batch_size is 8', 'max_batch_size: 8', ''],
    [FIXED, '[512, 512, 3] },', '[-1, 512, 3] },'],
    [FIXED, RESULT, RESULT.replace('512, 512', '512, -1')],
    [FIXED, RESULT, RESULT.replace('dims: [512, 512, 3]', '')],
    [ALL_THERE, 'dims: [8]', 'dims: [8] optional: true'],
    [ALL_THERE, 'dims: [8]', 'dims: [8] allow_ragged_batch: true'],
    [INPUTS, '"TILE"', '"IMAGE"'],
    [INPUTS, `${TILE},`, ''],
    [INPUTS, '"COORDS"', '"SEED"'],
    [INPUTS, `${TILE},`, `${TILE}, ${TILE.replace('TILE', 'MASK')},`],
    ['RESULT is the only output', '"RESULT"', '"OUTPUT"'],
    ['RESULT is the only output', RESULT, `${RESULT}, ${RESULT.replace('RESULT', 'MASK')}`],
    [BATCHING, PLAIN, ''],
    [BATCHING, PLAIN, 'dynamic_batching { max_queue_delay_microseconds: 5000 }'],
    [BATCHING, PLAIN, 'dynamic_batching { preferred_batch_size: [4, 8] }'],
    [BATCHING, PLAIN, 'dynamic_batching { default_queue_policy { max_queue_size: 9 } }'],
    [BATCHING, PLAIN, 'dynamic_batching { preserve_ordering: true }'],
    [INSTANCE, 'KIND_AUTO', 'KIND_GPU'],
    [INSTANCE, 'count: 1', 'count: 2'],
    [INSTANCE, GROUP, `${GROUP}, ${GROUP}`],
    [INSTANCE, GROUP, '{ kind: KIND_AUTO count: 1 gpus: [0] }'],
    [FACTS, SCALE, ''],
    [FACTS, SCALE, `${SCALE} ${SCALE}`],
    [FACTS, 'string_value: "512"', 'string_value: "512 px"'],
    [FACTS, 'key: "halo_px"', 'key: "halo"'],
    [FACTS, 'string_value: "tiles"', 'string_value: "tiled"'],
    [FACTS, 'key: "origin_align_px" value { string_value: "1" }', 'key: "origin_align_px"'],
  ] as const;

  it.each(PLANTED)('catches what breaks "%s": %j → %j', (rule, was, is) => {
    const config = aged.config.replace(was, is);
    expect(config).not.toBe(aged.config);
    expect(lintModel({ ...aged, config })).toEqual([rule]);
  });

  it.each([
    ['version 1 has the file its backend loads', '1/model.onnx'],
    ['MODEL.md describes it', 'MODEL.md'],
  ])('catches what breaks "%s": no %s', (rule, missing) => {
    const files = aged.files.filter((file) => file !== missing);
    expect(lintModel({ ...aged, files })).toEqual([rule]);
  });

  it('has a planted violation of each rule here', () => {
    const planted = [...PLANTED.map(([rule]) => rule), ...LINT_RULES.slice(-2)];
    expect(new Set(planted)).toEqual(new Set(LINT_RULES));
  });
});

describe('the reader of config.pbtxt', () => {
  it('reads fields, lists, messages with and without colon, and repeated fields', () => {
    const text = 'a: 1, b: "x # y" # note\nc { d: [E, -2]; } c: { d: [] } a: 3';
    expect(readPbtxt(text)).toEqual({
      a: ['1', '3'],
      b: ['x # y'],
      c: [{ d: ['E', '-2'] }, { d: [] }],
    });
  });

  it.each(['a', 'a 1', 'a: }', 'a {', '{ a: 1 }', 'a: [1', 'a: 1 }', 'a: ?', 'a: "b'])(
    'refuses %j',
    (text) => {
      expect(() => readPbtxt(text)).toThrow(SyntaxError);
    },
  );
});
