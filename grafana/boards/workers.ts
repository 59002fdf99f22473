import type { BoardPlan } from '../board.ts';
import { chart, stack } from '../panels.ts';
import { OF_OPERATION, quantile, rate, ratio } from '../promql.ts';

const STAGE = 'imagen_stage_duration_seconds';
/** A worker's own metrics, which do not name its operation. */
const OF_WORKERS = 'job="worker"';
const selector = OF_OPERATION;
const sum = (gauge: string): string => `sum by (operation) (${gauge}{${selector}})`;

/** What are workers busy with? */
export const workers: BoardPlan = {
  uid: 'imagen-workers',
  title: 'imagen: workers',
  says: 'What are workers busy with, and are they well? Processes are not told apart by operation.',
  variables: ['operation'],
  rows: {
    Slots: [
      chart({
        title: 'Slots in use',
        says: 'At 1 for long while the CPU is not used up: jobs wait for Triton. At 1 with the CPU used up: more workers.',
        unit: 'percentunit',
        max: 1,
        queries: { '{{operation}}': ratio(sum('imagen_jobs_running'), sum('imagen_slots')) },
      }),
      chart({
        title: 'Jobs running, and slots',
        says: 'A drop of the slots is a worker that has gone.',
        unit: 'suffix: jobs',
        queries: {
          'running {{operation}}': sum('imagen_jobs_running'),
          'slots {{operation}}': sum('imagen_slots'),
        },
      }),
      chart({
        title: 'Breakers open',
        says: '1: jobs are not pulled, because Triton or storage is not well. Right while a GPU is started; else look at what it names.',
        unit: 'short',
        max: 1,
        queries: {
          '{{operation}} {{dependency}}': `max by (operation, dependency) (imagen_breaker_open{${selector}})`,
        },
      }),
    ],
    'Stages of a job': [
      stack({
        title: 'Mean time per stage',
        says: 'read and write are Cloud Storage, infer is Triton with its queue, decode, finish and encode are the worker’s CPU. The largest is what to work on.',
        unit: 's',
        queries: {
          '{{stage}}': ratio(
            rate(`${STAGE}_sum{${selector}}`, 'stage'),
            rate(`${STAGE}_count{${selector}}`, 'stage'),
          ),
        },
      }),
      chart({
        title: 'p95 per stage',
        says: 'One stage far over its mean: large pictures (decode, encode), a slow bucket (read, write) or a queue at Triton (infer).',
        unit: 's',
        queries: { '{{stage}}': quantile(0.95, STAGE, { selector, by: 'stage' }) },
      }),
      chart({
        title: 'Deliveries given back',
        says: 'To be tried by another worker. Some at a deployment are right (SHUTTING_DOWN); steady ones end as failed jobs or dead letters.',
        unit: 'suffix: /s',
        queries: {
          '{{operation}} {{code}}': `${rate(`imagen_deliveries_released_total{${selector}}`, 'operation, code')} > 0`,
        },
      }),
    ],
    Processes: [
      chart({
        title: 'Event loop lag, p99',
        says: 'Over 0.2 s: a worker that renews its leases late, and loses jobs in the end. Fewer slots or more CPU.',
        unit: 's',
        queries: { '{{instance}}': `nodejs_eventloop_lag_p99_seconds{${OF_WORKERS}}` },
      }),
      chart({
        title: 'CPU',
        says: 'Of the worker’s own process; its decoders come on top. At the limit of its container: more workers, not more slots.',
        unit: 'suffix: cores',
        queries: {
          '{{instance}}': rate(`process_cpu_seconds_total{${OF_WORKERS}}`, 'instance'),
        },
      }),
      chart({
        title: 'Memory',
        says: 'Near the limit of its container: it will be killed, and its jobs come again. Lower IMAGEN_MEMORY_MB or raise the limit.',
        unit: 'bytes',
        queries: {
          'resident {{instance}}': `process_resident_memory_bytes{${OF_WORKERS}}`,
          'heap {{instance}}': `nodejs_heap_size_used_bytes{${OF_WORKERS}}`,
        },
      }),
    ],
    Mishaps: [
      chart({
        title: 'Leases lost',
        says: 'A lease that could not be renewed for 25 s: another worker may do the same job. See event loop lag, and calls to Pub/Sub that fail.',
        unit: 'suffix: /s',
        columns: 12,
        queries: { '{{operation}}': rate(`imagen_lease_lost_total{${selector}}`, 'operation') },
      }),
      chart({
        title: 'Age of processes',
        says: 'Falls to 0 where a worker was started anew. Saw teeth: it dies again and again; its last log lines say of what.',
        unit: 's',
        columns: 12,
        queries: { '{{instance}}': `time() - process_start_time_seconds{${OF_WORKERS}}` },
      }),
    ],
  },
};
