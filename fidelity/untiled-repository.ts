import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CountingInput, openGraph } from './open-graph.ts';

/** A model of any size, made from one that is shipped. */
export interface UntiledModel {
  readonly modelName: string;
  readonly counting: readonly CountingInput[];
}

/**
 * Adds a twin to the model repository in `folder` that takes pictures of any size, one at a time, as `<name>_untiled`: the
 * shipped graph with open dims, behind the same `config.pbtxt` and, where there is one, the same `model.py`.
 * @param shipped folder of the shipped model
 */
export async function addUntiledTwin(
  folder: string,
  shipped: string,
  tilePx: number,
): Promise<UntiledModel> {
  const config = await readFile(join(shipped, 'config.pbtxt'), 'utf8');
  const { bytes, counting } = openGraph(await readFile(join(shipped, '1/model.onnx')), tilePx);
  const name = /^name: "(\w+)"$/m.exec(config)?.[1] ?? '';
  const modelName = `${name}_untiled`;
  const twin = join(folder, modelName);
  await mkdir(join(twin, '1'), { recursive: true });
  await writeFile(join(twin, 'config.pbtxt'), untiledConfig(config, modelName, counting));
  await writeFile(join(twin, '1/model.onnx'), bytes);
  if (config.includes('backend: "python"')) {
    await cp(join(shipped, '1/model.py'), join(twin, '1/model.py'));
  }
  return { modelName, counting };
}

function untiledConfig(
  config: string,
  modelName: string,
  counting: readonly CountingInput[],
): string {
  const inputs = counting.map(({ name, countsColumns }) => {
    const dims = countsColumns ? '[1, 1, -1]' : '[1, -1, 1]';
    return `input [ { name: "${name}" data_type: TYPE_FP32 dims: ${dims} } ]\n`;
  });
  const changes: [from: RegExp, to: string][] = [
    [/^name: .*$/m, `name: "${modelName}"`],
    [/^max_batch_size: 8$/m, 'max_batch_size: 1'],
    [/^dynamic_batching .*$/m, ''],
    [/dims: \[\d+, \d+, 3\]/g, 'dims: [-1, -1, 3]'],
  ];
  const changed = changes.reduce((text, [from, to]) => {
    if (text.search(from) < 0) throw new Error(`${modelName}: no ${from} in the shipped config`);
    return text.replace(from, to);
  }, config);
  return changed + inputs.join('');
}
