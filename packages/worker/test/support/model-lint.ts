import { type Message, messages, readPbtxt, scalar, toModelConfig } from './config-pbtxt.ts';

/** A folder of the model repository. */
export interface ModelFolder {
  readonly name: string;
  /** Text of its `config.pbtxt`. */
  readonly config: string;
  /** Its files, as paths below it. */
  readonly files: readonly string[];
}

const keys = (message: Message): string => Object.keys(message).toSorted().join();
const isWhole = (text = '', least = 0): boolean => /^\d+$/.test(text) && Number(text) >= least;
const namesOf = (config: Message, field: string): string =>
  messages(config, field)
    .map((tensor) => scalar(tensor, 'name'))
    .join();

/** What every model must satisfy so that tiles of any two jobs share batches, and workers find their way. */
const RULES: Readonly<Record<string, (config: Message, folder: ModelFolder) => boolean>> = {
  'its name is its folder': (config, { name }) => scalar(config, 'name') === name,
  'max_batch_size is 8': (config) => scalar(config, 'max_batch_size') === '8',
  'dims are fixed': (config) =>
    [...messages(config, 'input'), ...messages(config, 'output')].every(
      ({ dims = [] }) =>
        dims.length > 0 && dims.every((dim) => typeof dim === 'string' && isWhole(dim, 1)),
    ),
  'no input is optional, reshaped or ragged': (config) =>
    messages(config, 'input').every((input) => keys(input) === 'data_type,dims,name'),
  'inputs are TILE, and after it PARAMS and COORDS where they are': (config) =>
    /^TILE(,PARAMS)?(,COORDS)?$/.test(namesOf(config, 'input')),
  'RESULT is the only output': (config) => namesOf(config, 'output') === 'RESULT',
  'dynamic_batching is there, without a delay or anything else': (config) => {
    const [batching, ...others] = messages(config, 'dynamic_batching');
    return batching !== undefined && keys(batching) === '' && others.length === 0;
  },
  'there is one instance, KIND_AUTO': (config) => {
    const [group = {}, ...others] = messages(config, 'instance_group');
    const isOne = scalar(group, 'kind') === 'KIND_AUTO' && scalar(group, 'count') === '1';
    return isOne && others.length === 0 && keys(group) === 'count,kind';
  },
  'the five facts are there, once each': (config) => {
    const { tiling = '', ...facts } = toModelConfig(config).parameters;
    const stated = messages(config, 'parameters').map((entry) => scalar(entry, 'key'));
    return (
      ['tiles', 'whole'].includes(tiling) &&
      ['tile_px', 'origin_align_px', 'scale'].every((name) => isWhole(facts[name], 1)) &&
      isWhole(facts['halo_px']) &&
      new Set(stated).size === stated.length
    );
  },
  'version 1 has the file its backend loads': (config, { files }) =>
    files.includes(scalar(config, 'backend') === 'python' ? '1/model.py' : '1/model.onnx'),
  'MODEL.md describes it': (_, { files }) => files.includes('MODEL.md'),
};

/** The rules a model breaks. */
export function lintModel(folder: ModelFolder): string[] {
  const config = readPbtxt(folder.config);
  return Object.entries(RULES)
    .filter(([, holds]) => !holds(config, folder))
    .map(([rule]) => rule);
}

/** Every rule. */
export const LINT_RULES: readonly string[] = Object.keys(RULES);
