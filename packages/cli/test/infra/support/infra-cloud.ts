import process from 'node:process';
import { type PubSubServer, startPubSub } from '@imagen/local-stack/pubsub';
import { startStorage, type StorageServer } from '@imagen/local-stack/storage';
import { vi } from 'vitest';
import { apply, type ApplyOptions } from '../../../src/commands/infra-apply.ts';
import { destroy } from '../../../src/commands/infra-destroy.ts';
import { plan } from '../../../src/commands/infra-plan.ts';
import type { InfraOptions } from '../../../src/infra/project.ts';
import { openSession, type Session } from '../../../src/infra/session.ts';

/** A local cloud with IAM, the commands of `imagen infra` in it, and what they say. */
export interface InfraCloud extends AsyncDisposable {
  readonly pubsub: PubSubServer;
  readonly storage: StorageServer;
  readonly environment: Readonly<Record<string, string>>;
  /** All that was printed to standard output and error, since the last command. */
  readonly said: string[];
  readonly session: Session;
  /** Without a signal nothing interrupts it. */
  apply(options?: Partial<ApplyOptions>, signal?: AbortSignal): Promise<number>;
  destroy(options?: Partial<ApplyOptions>): Promise<number>;
  /** What `plan --json` prints. */
  plan(options?: Partial<InfraOptions>): Promise<PlanJson>;
  /** Runs once when a line of progress contains `part`. */
  when(part: string, act: () => void): void;
}

/** As `imagen infra plan --json` prints it. */
interface PlanJson {
  readonly changes: readonly { readonly name: string; readonly action: string }[];
  readonly problems: readonly string[];
  readonly notes: readonly string[];
}

/** The project that tests use. */
export const PROJECT = 'infra-project';
const NUMBER = '123456789012';

const never = new AbortController().signal;
const OPTIONS = { project: PROJECT, projectNumber: NUMBER, sourceBucket: [] };

/** Starts an empty one. */
export async function startInfraCloud(): Promise<InfraCloud> {
  const [pubsub, storage] = [await startPubSub(), await startStorage()];
  const environment = {
    PUBSUB_EMULATOR_HOST: pubsub.address,
    STORAGE_EMULATOR_HOST: storage.url,
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const said: string[] = [];
  let waiting: { part: string; act: () => void } | undefined;
  const listen = (text: unknown): boolean => {
    said.push(String(text));
    const { part, act } = waiting ?? {};
    if (part !== undefined && String(text).includes(part)) {
      waiting = undefined;
      act?.();
    }
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(listen);
  vi.spyOn(process.stderr, 'write').mockImplementation(listen);
  const session = await openSession(OPTIONS, environment);
  return {
    pubsub,
    storage,
    environment,
    said,
    session,
    apply: async (options, signal = never) => apply({ ...OPTIONS, yes: true, ...options }, signal),
    destroy: async (options) => destroy({ ...OPTIONS, yes: true, ...options }, never),
    async plan(options) {
      said.length = 0;
      await plan({ ...OPTIONS, json: true, ...options });
      return JSON.parse(said.join('')) as PlanJson;
    },
    when: (part, act) => (waiting = { part, act }),
    async [Symbol.asyncDispose]() {
      vi.restoreAllMocks();
      vi.unstubAllEnvs();
      await session[Symbol.asyncDispose]();
      await Promise.all([pubsub.stop(), storage.stop()]);
    },
  };
}
