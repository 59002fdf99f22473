import { ERROR_CODES, type OperationName } from '@imagen/contracts';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { STAGES } from './stopwatch.ts';

/** The worker's metrics. Names and labels are API: dashboards and alerts read them. */
export interface Metrics {
  readonly registry: Registry;
  /** Jobs that reached a terminal record; `outcome` is `succeeded` or the error code. */
  readonly jobs: Counter<'operation' | 'outcome'>;
  /** Deliveries that were given back for another try, by error code. */
  readonly released: Counter<'operation' | 'code'>;
  /** Messages acked without a record, because no jobId could be read from them. */
  readonly rejected: Counter<'operation' | 'code'>;
  /** Publish → terminal record. */
  readonly jobDuration: Histogram<'operation'>;
  readonly stageDuration: Histogram<'operation' | 'stage'>;
  /** Jobs at a time: the setting. */
  readonly slots: Gauge<'operation'>;
  /** Jobs this worker holds a lease on. */
  readonly jobsRunning: Gauge<'operation'>;
  /** Jobs that are held and wait for Triton or storage: what wakes a GPU that was scaled to zero. */
  readonly jobsWaiting: Gauge<'operation'>;
  /** When the oldest of the jobs that are held was published, in Unix seconds; 0 without one. */
  readonly oldestJob: Gauge<'operation'>;
  /** 1 while a breaker is open. */
  readonly breakerOpen: Gauge<'operation' | 'dependency'>;
  readonly leaseLost: Counter<'operation'>;
  /** Calls to Pub/Sub and Cloud Storage, their retries included in them; `code` is `OK` or says how the last try failed. */
  readonly cloudCalls: Counter<'service' | 'method' | 'code'>;
  /** Tiles answered by Triton. */
  readonly tiles: Counter<'model'>;
  readonly tritonRequestDuration: Histogram<'model' | 'code'>;
  /** Tiles of this worker that Triton has. */
  readonly tilesInFlight: Gauge<'model'>;
  /** As many as it may have: the flow control's. */
  readonly tilesInFlightLimit: Gauge<'model'>;
}

const JOB_SECONDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];
const STAGE_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Creates all metrics in a registry of their own, with Node's default ones. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    jobs: new Counter({
      name: 'imagen_jobs_total',
      help: 'Jobs with a terminal record.',
      labelNames: ['operation', 'outcome'],
      registers,
    }),
    released: new Counter({
      name: 'imagen_deliveries_released_total',
      help: 'Deliveries given back for another try.',
      labelNames: ['operation', 'code'],
      registers,
    }),
    rejected: new Counter({
      name: 'imagen_messages_rejected_total',
      help: 'Messages acked without a record: they name no job.',
      labelNames: ['operation', 'code'],
      registers,
    }),
    jobDuration: new Histogram({
      name: 'imagen_job_duration_seconds',
      help: 'From publish to terminal record.',
      labelNames: ['operation'],
      buckets: JOB_SECONDS,
      registers,
    }),
    ...createStateMetrics(registers),
    ...createCloudMetrics(registers),
    ...createStageMetrics(registers),
  };
}

function createStageMetrics(
  registers: Registry[],
): Pick<
  Metrics,
  'stageDuration' | 'tiles' | 'tritonRequestDuration' | 'tilesInFlight' | 'tilesInFlightLimit'
> {
  return {
    stageDuration: new Histogram({
      name: 'imagen_stage_duration_seconds',
      help: `Stages of the work: ${STAGES.join(', ')}.`,
      labelNames: ['operation', 'stage'],
      buckets: STAGE_SECONDS,
      registers,
    }),
    tiles: new Counter({
      name: 'imagen_tiles_total',
      help: 'Tiles answered by Triton.',
      labelNames: ['model'],
      registers,
    }),
    tritonRequestDuration: new Histogram({
      name: 'imagen_triton_request_duration_seconds',
      help: 'Inference requests as the worker sees them, queueing in Triton included.',
      labelNames: ['model', 'code'],
      buckets: STAGE_SECONDS,
      registers,
    }),
    tilesInFlight: new Gauge({
      name: 'imagen_tiles_in_flight',
      help: 'Tiles of this worker that are at Triton or on their way.',
      labelNames: ['model'],
      registers,
    }),
    tilesInFlightLimit: new Gauge({
      name: 'imagen_tiles_in_flight_limit',
      help: 'Tiles that this worker may have in flight, as its flow control found.',
      labelNames: ['model'],
      registers,
    }),
  };
}

function createStateMetrics(
  registers: Registry[],
): Pick<Metrics, 'slots' | 'jobsRunning' | 'jobsWaiting' | 'oldestJob' | 'breakerOpen'> {
  return {
    slots: new Gauge({
      name: 'imagen_slots',
      help: 'Jobs that this worker takes at a time.',
      labelNames: ['operation'],
      registers,
    }),
    jobsRunning: new Gauge({
      name: 'imagen_jobs_running',
      help: 'Jobs this worker holds a lease on.',
      labelNames: ['operation'],
      registers,
    }),
    jobsWaiting: new Gauge({
      name: 'imagen_jobs_waiting',
      help: 'Jobs held until Triton or storage is well.',
      labelNames: ['operation'],
      registers,
    }),
    oldestJob: new Gauge({
      name: 'imagen_oldest_job_timestamp_seconds',
      help: 'When the oldest job that is held was published; 0 without one.',
      labelNames: ['operation'],
      registers,
    }),
    breakerOpen: new Gauge({
      name: 'imagen_breaker_open',
      help: '1 while a dependency is not well.',
      labelNames: ['operation', 'dependency'],
      registers,
    }),
  };
}

function createCloudMetrics(registers: Registry[]): Pick<Metrics, 'leaseLost' | 'cloudCalls'> {
  return {
    leaseLost: new Counter({
      name: 'imagen_lease_lost_total',
      help: 'Leases that could not be renewed in time.',
      labelNames: ['operation'],
      registers,
    }),
    cloudCalls: new Counter({
      name: 'imagen_cloud_calls_total',
      help: 'Calls to Pub/Sub and Cloud Storage, with their retries.',
      labelNames: ['service', 'method', 'code'],
      registers,
    }),
  };
}

/**
 * Exports what alerts and dashboards read of an operation and of its models before it has happened: a counter that appears as 1 has never
 * grown, as Prometheus sees it.
 */
export function startAtZero(
  metrics: Metrics,
  operation: OperationName,
  models: readonly string[],
): void {
  for (const model of models) {
    metrics.tiles.inc({ model }, 0);
    metrics.tritonRequestDuration.zero({ model, code: 'OK' });
  }
  for (const outcome of ['succeeded', ...ERROR_CODES]) metrics.jobs.inc({ operation, outcome }, 0);
  for (const code of ERROR_CODES) metrics.released.inc({ operation, code }, 0);
  metrics.jobDuration.zero({ operation });
  for (const stage of STAGES) metrics.stageDuration.zero({ operation, stage });
  metrics.leaseLost.inc({ operation }, 0);
  for (const gauge of [metrics.jobsRunning, metrics.jobsWaiting, metrics.oldestJob]) {
    gauge.set({ operation }, 0);
  }
}
