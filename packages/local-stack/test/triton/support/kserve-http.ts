/** A tensor of KServe v2 with its raw little-endian bytes, C order. */
export interface Tensor {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** One inference over HTTP with binary tensors: the bytes of every output by its name. Throws what the server says. */
export async function infer(
  httpUrl: string,
  modelName: string,
  ...inputs: readonly Tensor[]
): Promise<Record<string, Buffer>> {
  const head = Buffer.from(
    JSON.stringify({
      inputs: inputs.map(({ bytes, ...tensor }) => ({
        ...tensor,
        parameters: { binary_data_size: bytes.length },
      })),
      parameters: { binary_data_output: true },
    }),
  );
  const response = await fetch(`${httpUrl}/v2/models/${modelName}/infer`, {
    method: 'POST',
    // An open connection would make the server wait for it when it is stopped.
    headers: { connection: 'close', 'inference-header-content-length': String(head.length) },
    body: Buffer.concat([head, ...inputs.map(({ bytes }) => bytes)]),
  });
  const answer = Buffer.from(await response.arrayBuffer());
  if (!response.ok) throw new Error(answer.toString());
  return outputs(answer, Number(response.headers.get('inference-header-content-length')));
}

interface ResponseHead {
  readonly outputs: readonly { name: string; parameters: { binary_data_size: number } }[];
}

function outputs(answer: Buffer, headBytes: number): Record<string, Buffer> {
  const head = JSON.parse(answer.toString('utf8', 0, headBytes)) as ResponseHead;
  let offset = headBytes;
  return Object.fromEntries(
    head.outputs.map(({ name, parameters }) => {
      const start = offset;
      offset += parameters.binary_data_size;
      return [name, answer.subarray(start, offset)];
    }),
  );
}

/** Triton's counters of a model, by name; each is absent before the model's first inference. */
export async function modelCounters(
  metricsUrl: string,
  modelName: string,
): Promise<Record<string, number>> {
  const response = await fetch(metricsUrl, { headers: { connection: 'close' } });
  const lines = (await response.text()).split('\n');
  const ours = lines.filter((line) => line.includes(`{model="${modelName}"`));
  return Object.fromEntries(
    ours.map((line) => [line.slice(0, line.indexOf('{')), Number(line.split(' ').at(-1))]),
  );
}

/** The HTTP status of a GET. */
export async function statusOf(url: string): Promise<number> {
  const response = await fetch(url, { headers: { connection: 'close' } });
  await response.arrayBuffer();
  return response.status;
}
