import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Model repository with `inverted_onnx`, `simulated_gpu` and `tensor_views`; what they compute stands in their config.pbtxt. */
export const MODELS: string = fileURLToPath(new URL('../models', import.meta.url));
/** Model repository with a model that cannot be loaded. */
export const BROKEN_MODELS: string = fileURLToPath(new URL('../broken-models', import.meta.url));

/** Copies `inverted_onnx` into an empty repository with a changed config.pbtxt. */
export async function copyWithConfig(
  repository: string,
  change: (config: string) => string,
): Promise<void> {
  const model = join(repository, 'inverted_onnx');
  await cp(join(MODELS, 'inverted_onnx'), model, { recursive: true });
  const path = join(model, 'config.pbtxt');
  await writeFile(path, change(await readFile(path, 'utf8')));
}
