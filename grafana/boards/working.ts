import { figure, chart } from '../panels.ts';
import type { BoardPlan } from '../board.ts';
import { OF_OPERATION, quantile, rate } from '../promql.ts';
import { AGE_OF_OLDEST_JOB, DEAD_LETTERS, SUCCESS_OBJECTIVE } from '../facts.ts';

const JOBS = 'imagen_jobs_total';
const DURATION = 'imagen_job_duration_seconds';
const selector = OF_OPERATION;

/** Are jobs done, in time? */
export const working: BoardPlan = {
  uid: 'imagen-working',
  title: 'imagen: is it working?',
  says: 'Are jobs done, in time? The first one to look at; the others say why not.',
  variables: ['operation'],
  rows: {
    'The promise': [
      figure({
        title: 'Jobs that succeeded, 30 days',
        says: `Of all jobs that could be done; what publishers do wrong does not count. Below ${SUCCESS_OBJECTIVE * 100} % the promise is broken: see failures by code.`,
        unit: 'percentunit',
        queries: { succeeded: '1 - imagen:job_failures:ratio_30d' },
      }),
      figure({
        title: 'Error budget left, 30 days',
        says: 'Share of the failures that the promise allows which has not been used. At 0 or below: reliability comes before anything else.',
        unit: 'percentunit',
        queries: { left: `1 - imagen:job_failures:ratio_30d / ${budget()}` },
      }),
      figure({
        title: 'Oldest job',
        says: 'Since the oldest job that a worker holds was published. Over some minutes: Triton is missing or too slow, or there are too few workers; see jobs waiting.',
        unit: 's',
        queries: { oldest: `max(${AGE_OF_OLDEST_JOB})` },
      }),
      figure({
        title: 'Dead letters in this time',
        says: 'Jobs that no worker survived or finished in 10 deliveries. Any is one too many: `imagen dlq list`, then the log of the workers.',
        unit: 'short',
        queries: { 'dead letters': `sum(increase(${DEAD_LETTERS}[$__range]))` },
      }),
    ],
    Jobs: [
      chart({
        title: 'Jobs that succeeded',
        says: 'Flat at 0 while jobs are published: look at jobs waiting, and at the breakers of the workers.',
        unit: 'suffix: jobs/s',
        queries: {
          '{{operation}}': rate(`${JOBS}{outcome="succeeded", ${selector}}`, 'operation'),
        },
      }),
      chart({
        title: 'Jobs that failed, by code',
        says: 'Codes of the source or the params are the publisher’s to mend. INFERENCE_…, STORAGE_…, DEADLINE_EXCEEDED, UNDELIVERABLE and INTERNAL are ours.',
        unit: 'suffix: jobs/s',
        queries: {
          '{{operation}} {{outcome}}': `${rate(`${JOBS}{outcome!="succeeded", ${selector}}`, 'operation, outcome')} > 0`,
        },
      }),
      chart({
        title: 'Jobs waiting and running',
        says: 'Waiting: held until Triton or storage is well again. Minutes of waiting are the start of a GPU; more of it is an outage.',
        unit: 'suffix: jobs',
        queries: {
          'waiting {{operation}}': `sum by (operation) (imagen_jobs_waiting{${selector}})`,
          'running {{operation}}': `sum by (operation) (imagen_jobs_running{${selector}})`,
        },
      }),
    ],
    Time: [
      chart({
        title: 'From publish to record',
        says: 'All operations that are chosen. p99 far over p95: a few large pictures, or jobs that were tried again. All of them up: a queue; see whether batching pays.',
        unit: 's',
        queries: Object.fromEntries(
          [0.5, 0.95, 0.99].map((q) => [`p${q * 100}`, quantile(q, DURATION, { selector })]),
        ),
      }),
      chart({
        title: 'From publish to record, p95 by operation',
        says: 'One operation alone is slow: its workers or its model. All are: Triton or Cloud Storage.',
        unit: 's',
        queries: { '{{operation}}': quantile(0.95, DURATION, { selector, by: 'operation' }) },
      }),
      chart({
        title: 'Age of the oldest job',
        says: 'Grows by a second per second while nothing is done. Nothing is shown while no job is held.',
        unit: 's',
        queries: { '{{operation}}': `max by (operation) (${AGE_OF_OLDEST_JOB})` },
      }),
    ],
  },
};

function budget(): string {
  return (1 - SUCCESS_OBJECTIVE).toFixed(3);
}
