import type { ModelConfig } from '@imagen/triton-client';

/** A message of protobuf's text format: every value of each field, in order. */
export type Message = Readonly<Record<string, readonly Value[]>>;

/** A scalar as it is written, strings without their quotes; or a message. */
type Value = string | Message;

/** Stands behind the last token. */
const END = '<end>';
const TOKEN = /#.*|"(?:[^"\\]|\\.)*"|[\w.+-]+|[{}[\]:,;]/g;

/**
 * Reads the part of protobuf's text format that `config.pbtxt` files use: no `<…>`, extensions, escapes or joined strings.
 * @throws SyntaxError
 */
export function readPbtxt(text: string): Message {
  const rest = text.replaceAll(TOKEN, '').trim();
  if (rest !== '') throw new SyntaxError(`cannot read ${JSON.stringify(rest.slice(0, 20))}`);
  const tokens = [...text.matchAll(TOKEN)].map(([token]) => token);
  const reader = new Reader(tokens.filter((token) => !token.startsWith('#')));
  return reader.message(END);
}

class Reader {
  readonly #tokens: string[];

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens.toReversed();
  }

  /** Fields up to `end`, which is taken too. */
  message(end: string): Message {
    const fields: Record<string, Value[]> = {};
    for (let name = this.#take(); name !== end; name = this.#take()) {
      if (!/^[a-z_]\w*$/i.test(name)) throw new SyntaxError(`${name} where a field should begin`);
      const hasColon = this.#skip(':');
      const values = this.#skip('[') ? this.#list() : [this.#value(hasColon)];
      fields[name] = [...(fields[name] ?? []), ...values];
      if (!this.#skip(',')) this.#skip(';');
    }
    return fields;
  }

  #list(): Value[] {
    const values: Value[] = [];
    while (!this.#skip(']')) {
      values.push(this.#value(true));
      this.#skip(',');
    }
    return values;
  }

  #value(mayBeScalar: boolean): Value {
    const token = this.#take();
    if (token === '{') return this.message('}');
    if (!mayBeScalar || !/^["\w.+-]/.test(token)) throw new SyntaxError(`${token} is no value`);
    return token.startsWith('"') ? token.slice(1, -1) : token;
  }

  #take(): string {
    return this.#tokens.pop() ?? END;
  }

  #skip(token: string): boolean {
    if (this.#tokens.at(-1) !== token) return false;
    this.#tokens.pop();
    return true;
  }
}

/** Values of a field that are messages. */
export function messages(message: Message, field: string): Message[] {
  return (message[field] ?? []).filter((value) => typeof value === 'object');
}

/** The scalar of a field that stands there once; undefined where it does not. */
export function scalar(message: Message, field: string): string | undefined {
  const [value, ...others] = message[field] ?? [];
  return typeof value === 'string' && others.length === 0 ? value : undefined;
}

/** A config as Triton would tell it. */
export function toModelConfig(config: Message): ModelConfig {
  const tensors = (field: string): ModelConfig['inputs'] =>
    messages(config, field).map((tensor) => ({
      name: scalar(tensor, 'name') ?? '',
      datatype: (scalar(tensor, 'data_type') ?? '').replace(/^TYPE_/, ''),
      dims: (tensor['dims'] ?? []).map(Number),
    }));
  return {
    name: scalar(config, 'name') ?? '',
    backend: scalar(config, 'backend') ?? '',
    maxBatchSize: Number(scalar(config, 'max_batch_size')),
    inputs: tensors('input'),
    outputs: tensors('output'),
    parameters: Object.fromEntries(
      messages(config, 'parameters').map((entry) => [
        scalar(entry, 'key') ?? '',
        scalar(messages(entry, 'value')[0] ?? {}, 'string_value') ?? '',
      ]),
    ),
  };
}
