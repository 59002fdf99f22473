export type { Clock, Timer } from './clock.ts';
export type { ActiveFault } from '../fault-list.ts';
export { DrivenClock } from './driven-clock.ts';
export type { FaultyRpc, PubSubFaults, RpcEffect } from './faults.ts';
export type { JournalEntry } from './journal.ts';
export { type PubSubOptions, type PubSubServer, startPubSub } from './server.ts';
