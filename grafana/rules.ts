import { OPERATION_NAMES } from '@imagen/contracts';
import {
  AGE_OF_OLDEST_JOB,
  BATCHING_OFF,
  DEAD_LETTERS,
  OUR_CODES,
  SUCCESS_OBJECTIVE,
} from './facts.ts';

/** A recording rule: PromQL under a name. */
interface Recording {
  readonly record: string;
  readonly expr: string;
}

/** An alerting rule. `page`: somebody must look now; `ticket`: on the next working day. */
interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>> & { readonly severity: 'page' | 'ticket' };
  readonly annotations: { readonly summary: string; readonly runbook_url: string };
}

/** Rules that are evaluated together. */
export interface RuleGroup {
  readonly name: string;
  readonly interval: string;
  readonly rules: readonly (Recording | Alert)[];
}

const RUNBOOKS = 'docs/runbooks.md';
const INTERVAL = '30s';
/** Of the ratio of failures. Those of burn-rate alerts, and the one of the promise. */
const WINDOWS = ['1h', '30m', '6h', '2h', '1d', '3d', '30d'] as const;

/** Budget burnt so many times as fast as it lasts 30 days, over both windows: a long one that is sure, a short one that ends soon after. */
const BURNS = [
  { factor: 14.4, long: '1h', short: '5m', severity: 'page' },
  { factor: 6, long: '6h', short: '30m', severity: 'page' },
  { factor: 3, long: '1d', short: '2h', severity: 'ticket' },
  { factor: 1, long: '3d', short: '6h', severity: 'ticket' },
] as const;

const jobs = (outcomes: string): string =>
  `sum(rate(imagen_jobs_total{outcome=~"${outcomes}"}[5m]))`;
const perModel = (counter: string): string => `sum by (model) (rate(${counter}[5m]))`;
const breakerOpen = (dependency: string): string =>
  `max by (operation, dependency) (imagen_breaker_open{dependency="${dependency}"}) == 1`;

function recordings(): Recording[] {
  const ours = OUR_CODES.join('|');
  return [
    { record: 'imagen:jobs:rate5m', expr: jobs(`succeeded|${ours}`) },
    { record: 'imagen:job_failures:rate5m', expr: jobs(ours) },
    {
      record: 'imagen:job_failures:ratio_5m',
      expr: 'imagen:job_failures:rate5m / (imagen:jobs:rate5m > 0)',
    },
    // Of the rates above: 30 days of one series, not of every worker's.
    ...WINDOWS.map((window) => ({
      record: `imagen:job_failures:ratio_${window}`,
      expr: `sum_over_time(imagen:job_failures:rate5m[${window}]) / (sum_over_time(imagen:jobs:rate5m[${window}]) > 0)`,
    })),
    {
      record: 'imagen:triton_mean_batch:rate5m',
      expr: `${perModel('nv_inference_count')} / (${perModel('nv_inference_exec_count')} > 0)`,
    },
    {
      record: 'imagen:triton_queue_to_infer:rate5m',
      expr: `${perModel('nv_inference_queue_duration_us')} / (${perModel('nv_inference_compute_infer_duration_us')} > 0)`,
    },
  ];
}

function burn({ factor, long, short, severity }: (typeof BURNS)[number]): Alert {
  const limit = `${factor} * ${(1 - SUCCESS_OBJECTIVE).toFixed(3)}`;
  return alert('ErrorBudgetBurn', {
    expr: `imagen:job_failures:ratio_${long} > ${limit} and imagen:job_failures:ratio_${short} > ${limit}`,
    labels: { severity, window: long },
    summary: `Jobs fail ${factor} times as often as the promise of ${SUCCESS_OBJECTIVE * 100} % allows, over ${long}.`,
  });
}

function jobAlerts(): Alert[] {
  return [
    alert('JobsWaitTooLong', {
      expr: `max by (operation) (${AGE_OF_OLDEST_JOB}) > 600`,
      for: '2m',
      labels: { severity: 'page' },
      summary: 'A {{ $labels.operation }} job was published {{ $value | humanizeDuration }} ago.',
    }),
    alert('DeadLetters', {
      expr: `sum by (operation) (increase(${DEAD_LETTERS}[30m])) > 0`,
      labels: { severity: 'ticket' },
      summary: 'Jobs of {{ $labels.operation }} were delivered 10 times without an outcome.',
    }),
    alert('BatchingOff', {
      expr: `imagen:triton_mean_batch:rate5m < ${BATCHING_OFF.meanBatch} and imagen:triton_queue_to_infer:rate5m > ${BATCHING_OFF.queueToInfer}`,
      for: '15m',
      labels: { severity: 'ticket' },
      summary: 'Tiles wait for {{ $labels.model }}, and run one by one.',
    }),
  ];
}

function dependencyAlerts(): Alert[] {
  const tritonIsUp = 'sum(up{job="triton"}) > 0';
  return [
    alert('TritonAbsent', {
      expr: `(sum(imagen_jobs_waiting) > 0) unless (${tritonIsUp})`,
      for: '10m',
      labels: { severity: 'page' },
      summary: '{{ $value }} jobs have waited for 10 minutes, and there is no Triton.',
    }),
    alert('BreakerOpen', {
      // Triton may be scaled to zero while nobody wants it.
      expr: `${breakerOpen('storage')} or (${breakerOpen('triton')} and on () (${tritonIsUp}))`,
      for: '5m',
      labels: { severity: 'page' },
      summary: 'No {{ $labels.operation }} jobs are pulled: {{ $labels.dependency }} is not well.',
    }),
  ];
}

function scrapeAlerts(): Alert[] {
  const missing = OPERATION_NAMES.map((name) => `absent(imagen_slots{operation="${name}"})`);
  return [
    alert('ScrapeFails', {
      expr: 'up{job=~"worker|triton"} == 0',
      for: '10m',
      labels: { severity: 'ticket' },
      summary: 'The metrics of {{ $labels.instance }} ({{ $labels.job }}) cannot be read.',
    }),
    alert('WorkerMissing', {
      expr: missing.join(' or '),
      for: '10m',
      labels: { severity: 'page' },
      summary: 'There is no {{ $labels.operation }} worker, or nobody reads its metrics.',
    }),
  ];
}

function alert(
  name: string,
  { summary, ...rule }: Omit<Alert, 'alert' | 'annotations'> & { readonly summary: string },
): Alert {
  const runbook_url = `${RUNBOOKS}#${name.toLowerCase()}`;
  return { alert: name, ...rule, annotations: { summary, runbook_url } };
}

/** All rules. Ratios have no sample while nothing happens. */
export const RULE_GROUPS: readonly RuleGroup[] = [
  { name: 'imagen-records', interval: INTERVAL, rules: recordings() },
  { name: 'imagen-promise', interval: INTERVAL, rules: BURNS.map(burn) },
  { name: 'imagen-jobs', interval: INTERVAL, rules: [...jobAlerts(), ...dependencyAlerts()] },
  { name: 'imagen-scrapes', interval: INTERVAL, rules: scrapeAlerts() },
];
