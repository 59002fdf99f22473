import type { FaultyRpc, RpcEffect } from '@imagen/local-stack/pubsub';
import type { StorageEffect, StorageTarget } from '@imagen/local-stack/storage';

/** What the suite can do to a fleet. */
export type Disturbance =
  | { readonly on: 'worker'; readonly signal: 'SIGKILL' | 'SIGTERM' }
  | { readonly on: 'triton'; readonly act: 'kill' | 'kill-stub' | 'cut' | 'hold' }
  | { readonly on: 'publisher'; readonly act: 'again' | 'at-once' }
  | { readonly on: 'pubsub'; readonly rpc: FaultyRpc; readonly effect: RpcEffect }
  | { readonly on: 'storage'; readonly target: StorageTarget; readonly effect: StorageEffect };

/** How late a delayed RPC is done. */
const DELAY_MS = 1_500;

const unavailable: RpcEffect = { kind: 'unavailable' };
const lost: RpcEffect = { kind: 'lose-response' };
const late: RpcEffect = { kind: 'delay', delayMs: DELAY_MS };
const ignored: RpcEffect = { kind: 'ignore' };

const RPC_EFFECTS: Readonly<Record<FaultyRpc, readonly RpcEffect[]>> = {
  Publish: [unavailable, lost, late],
  Pull: [unavailable, lost, late, { kind: 'duplicate' }],
  Acknowledge: [unavailable, lost, late, ignored],
  ModifyAckDeadline: [unavailable, lost, late, ignored],
};

const refused: readonly StorageEffect[] = [
  { kind: 'status', status: 503 },
  { kind: 'status', status: 429 },
  { kind: 'reset' },
  { kind: 'stall' },
];
const cutOff: readonly StorageEffect[] = [{ kind: 'lose-response' }, { kind: 'truncate' }];

const STORAGE_EFFECTS: Readonly<Record<'upload' | 'download' | 'metadata', typeof refused>> = {
  upload: [...refused, ...cutOff],
  download: [...refused, ...cutOff, { kind: 'corrupt' }],
  metadata: [...refused, ...cutOff],
};

/** Every disturbance by its name, as tables and `--without` have it. */
export const DISTURBANCES: ReadonlyMap<string, Disturbance> = new Map<string, Disturbance>([
  ['worker/sigkill', { on: 'worker', signal: 'SIGKILL' }],
  ['worker/sigterm', { on: 'worker', signal: 'SIGTERM' }],
  ['triton/kill', { on: 'triton', act: 'kill' }],
  ['triton/kill-stub', { on: 'triton', act: 'kill-stub' }],
  ['triton/cut', { on: 'triton', act: 'cut' }],
  ['triton/hold', { on: 'triton', act: 'hold' }],
  ['publisher/again', { on: 'publisher', act: 'again' }],
  ['publisher/at-once', { on: 'publisher', act: 'at-once' }],
  ...entries(RPC_EFFECTS).flatMap(([rpc, effects]) =>
    effects.map((effect): [string, Disturbance] => [
      `pubsub/${rpc}/${effect.kind}`,
      { on: 'pubsub', rpc, effect },
    ]),
  ),
  ...entries(STORAGE_EFFECTS).flatMap(([target, effects]) =>
    effects.map((effect): [string, Disturbance] => [
      `storage/${target}/${effect.kind === 'status' ? effect.status : effect.kind}`,
      { on: 'storage', target, effect },
    ]),
  ),
]);

/** The names of all disturbances but those that start with one of `without`. */
export function disturbanceNames(without: readonly string[] = []): string[] {
  return [...DISTURBANCES.keys()].filter((name) => !without.some((part) => name.startsWith(part)));
}

function entries<Key extends string, Value>(record: Readonly<Record<Key, Value>>): [Key, Value][] {
  return Object.entries(record) as [Key, Value][];
}
