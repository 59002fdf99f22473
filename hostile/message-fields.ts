import type { OperationName } from '@imagen/contracts';
import type { Expected } from './hostile-file.ts';
import {
  DROPPED,
  type HostileMessage,
  INVALID,
  jobIdOf,
  message,
  type MessageContext,
  refusedWith,
} from './hostile-message.ts';

const INVALID_PARAMS: Expected = refusedWith('INVALID_PARAMS');

/** Messages whose job can be told, with something else wrong; some of them are odd, but good. */
export function fieldMessages(context: MessageContext): HostileMessage[] {
  return [
    ...rawFields(context),
    ...wrongTypes(context),
    ...outputs(context),
    ...params(context),
    ...attributes(context),
  ];
}

/** JSON that no `JSON.stringify` writes. */
function rawFields({ goodSource, size }: MessageContext): HostileMessage[] {
  const good: Expected = { ends: 'processed', size };
  const source = `"source":"${goodSource}"`;
  const texts: Record<string, [text: (id: string) => string, expected: Expected]> = {
    'unknown-field': [(id) => `{${id},${source},"priority":1}`, INVALID],
    'unknown-field-of-controls': [
      (id) => String.raw`{${id},${source},"\u001b[31m\n\u0000":1}`,
      INVALID,
    ],
    'unknown-field-right-to-left': [(id) => `{${id},${source},"\u202e\u009b31m":1}`, INVALID],
    '500-unknown-fields': [
      (id) => `{${id},${source},${Array.from({ length: 500 }, (_, n) => `"field${n}":1`).join()}}`,
      INVALID,
    ],
    'proto-field': [(id) => `{${id},${source},"__proto__":{"params":{}}}`, INVALID],
    'constructor-field': [(id) => `{${id},${source},"constructor":{},"toString":1}`, INVALID],
    'proto-params': [(id) => `{${id},${source},"params":{"__proto__":{"scale":2}}}`, INVALID],
    'constructor-params': [
      (id) => `{${id},${source},"params":{"constructor":1,"hasOwnProperty":1}}`,
      INVALID_PARAMS,
    ],
    'proto-output': [(id) => `{${id},${source},"output":{"__proto__":{"format":"png"}}}`, INVALID],
    'deep-params': [
      (id) => `{${id},${source},"params":${'{"a":'.repeat(1_500)}1${'}'.repeat(1_500)}}`,
      INVALID_PARAMS,
    ],
    'deep-source': [(id) => `{${id},"source":${'['.repeat(4_900)}${']'.repeat(4_900)}}`, INVALID],
    'id-twice': [(id) => `{"jobId":"first",${id},${source}}`, good],
    'source-twice': [(id) => `{${id},"source":"gs://no-such-bucket/one",${source}}`, good],
    'escaped-name': [(id) => String.raw`{${id},"sour\u0063e":"${goodSource}"}`, good],
    'byte-order-mark': [(id) => `\ufeff{${id},${source}}`, good],
    'filled-to-10-KB': [(id) => `{${id},${source}}`.padEnd(10_240), good],
    'filled-over-10-KB': [(id) => `{${id},${source}}`.padEnd(10_241), DROPPED],
    'grain-1e999': [(id) => `{${id},${source},"params":{"grain":1e999}}`, INVALID_PARAMS],
    'grain-1e-999': [(id) => `{${id},${source},"params":{"grain":1e-999}}`, good],
    'quality-1e999': [(id) => `{${id},${source},"output":{"quality":1e999}}`, INVALID],
  };
  return Object.entries(texts).map(([name, [text, expected]]) =>
    message('fields', name, { data: text(`"jobId":"${jobIdOf(name)}"`), expected }),
  );
}

function wrongTypes({ goodSource }: MessageContext): HostileMessage[] {
  const values = { null: null, number: 7, true: true, text: 'x', array: [], object: { a: 1 } };
  const unfit = (fit: string): [string, unknown][] =>
    Object.entries(values).filter(([type]) => type !== fit);
  const fields = { source: '', params: 'object', output: '' };
  return Object.entries(fields).flatMap(([field, fit]) =>
    unfit(fit).map(([type, value]) => {
      const name = `${field}-is-${type}`;
      const data = { jobId: jobIdOf(name), source: goodSource, [field]: value };
      return message('fields', name, { data, expected: INVALID });
    }),
  );
}

function outputs({ goodSource: source }: MessageContext): HostileMessage[] {
  const wrong: Record<string, readonly unknown[]> = {
    format: ['svg', 'gif', 'JPEG', 'png ', '../png', '', 1, null, ['png']],
    quality: [0, 101, 1.5, -1, '90', null, 1e300, true],
    lossless: [true],
  };
  return Object.entries(wrong).flatMap(([field, values]) =>
    values.map((value, index) => {
      const name = `output-${field}-${index}`;
      const data = { jobId: jobIdOf(name), source, output: { [field]: value } };
      return message('output', name, { data, expected: INVALID });
    }),
  );
}

const NO_NUMBERS = ['NaN', '1', null, {}, [], true];
const NO_SHARES = [-0.01, 1.01, 1e300, -1e300, ...NO_NUMBERS];

/** Values that params must not have. */
const WRONG_PARAMS: Readonly<Record<OperationName, Readonly<Record<string, readonly unknown[]>>>> =
  {
    upscale: { scale: [0, 1, 3, 8, -2, 2.5, 1e300, ...NO_NUMBERS], factor: [2] },
    enhance: { strength: NO_SHARES, autoTone: [0, 'true', null], sharpen: [-1, 2.01, '0', null] },
    comic: {
      lineStrength: [-1, 1.51, 'NaN'],
      levels: [2, 17, 7.5, 2 ** 53, '7', null],
      smoothing: [-1, 2],
      saturation: [0, 2.01, null],
    },
    'bg-remove': {
      result: [
        '',
        'CUTOUT',
        '#12345',
        '#1234567',
        '#12345g',
        'red',
        '#ffffff\n',
        'url(x)',
        0,
        null,
        {},
      ],
    },
    aged: {
      strength: [-1, 2],
      grain: NO_SHARES,
      sepia: [-1, 2],
      seed: [-1, 4_091, 1.5, 2 ** 53, '1'],
    },
  };

function params({ goodSource: source }: MessageContext): HostileMessage[] {
  return Object.entries(WRONG_PARAMS).flatMap(([operation, fields]) =>
    Object.entries(fields).flatMap(([field, values]) =>
      values.map((value, index) => {
        const name = `${operation}-${field}-${index}`;
        const data = { jobId: jobIdOf(name), source, params: { [field]: value } };
        const said = { data, expected: INVALID_PARAMS };
        return message('params', name, { ...said, operation: operation as OperationName });
      }),
    ),
  );
}

function attributes({ goodSource: source, size, finishedJobId }: MessageContext): HostileMessage[] {
  const good: Expected = { ends: 'processed', size };
  const flood = Array.from({ length: 100 }, (_, n) => [`key-${n}`, 'x'.repeat(1_024)]);
  const told: Record<string, [Readonly<Record<string, string>>, Expected]> = {
    'attribute-of-another-job': [{ jobId: 'other-job' }, INVALID],
    'attribute-of-no-job': [{ jobId: '../../x\n' }, INVALID],
    'attribute-empty': [{ jobId: '' }, INVALID],
    '100-attributes': [Object.fromEntries(flood) as Record<string, string>, good],
    'attributes-of-dead-letters': [
      { CloudPubSubDeadLetterSourceDeliveryCount: '99', googclient_deliveryattempt: '99' },
      good,
    ],
    'attributes-of-controls': [{ '\u001b[31m': '\u009b\n\u0000', constructor: 'x' }, good],
  };
  const dataIsNoJob = { data: 'no JSON', attributes: { jobId: jobIdOf('only-attribute') } };
  const badBoth = { data: 'no JSON', attributes: { jobId: '..' } };
  const again = { jobId: finishedJobId, source, params: { grain: 7 } };
  return [
    ...Object.entries(told).map(([name, [pairs, expected]]) =>
      message('attributes', name, {
        data: { jobId: jobIdOf(name), source },
        attributes: pairs,
        expected,
      }),
    ),
    message('attributes', 'only-attribute', { ...dataIsNoJob, expected: INVALID }),
    message('attributes', 'bad-attribute', { ...badBoth, expected: DROPPED }),
    message('attributes', 'job-that-is-done', { data: again, expected: DROPPED }),
  ];
}
