import type { BoardPlan } from '../board.ts';
import { chart, stack } from '../panels.ts';
import { OF_MODEL, quantile, rate, ratio } from '../promql.ts';

const REQUEST = 'imagen_triton_request_duration_seconds';
const requests = rate(`nv_inference_request_success{${OF_MODEL}}`);
const perModel = (metric: string): string => rate(`${metric}{${OF_MODEL}}`, 'model');
const msPerRequest = (part: string): string =>
  `${ratio(rate(`nv_inference_${part}_duration_us{${OF_MODEL}}`), requests)} / 1e3`;

/** Where does a request's time go? */
export const triton: BoardPlan = {
  uid: 'imagen-triton',
  title: 'imagen: Triton, per model',
  says: 'Where does the time of a request go, and what fails? Choose one model to see it alone.',
  variables: ['model'],
  rows: {
    'One request': [
      stack({
        title: 'Where its time goes',
        says: 'Mean of the models that are chosen. Queue on top of all: too many tiles for this GPU, or no batching. Input or output: tensors are copied slowly. Infer: the model itself.',
        unit: 'ms',
        columns: 12,
        queries: {
          queue: msPerRequest('queue'),
          input: msPerRequest('compute_input'),
          infer: msPerRequest('compute_infer'),
          output: msPerRequest('compute_output'),
        },
      }),
      chart({
        title: 'Time in the model, by model',
        says: 'Of one execution, as each of its requests sees it; grows with the batch. Another GPU, another driver or a throttled GPU shows here.',
        unit: 'ms',
        columns: 12,
        queries: {
          '{{model}}': `${ratio(perModel('nv_inference_compute_infer_duration_us'), perModel('nv_inference_request_success'))} / 1e3`,
        },
      }),
    ],
    'As the workers see it': [
      chart({
        title: 'Median of a request',
        says: 'With queueing and the network. Far over what Triton counts itself: the network, or a worker that is short of CPU.',
        unit: 's',
        queries: { '{{model}}': quantile(0.5, REQUEST, { selector: OF_MODEL, by: 'model' }) },
      }),
      chart({
        title: 'p99 of a request',
        says: 'Over all workers, which Triton’s own summaries could not be. Seconds: the deadline of 30 s comes near, and jobs are tried again.',
        unit: 's',
        queries: { '{{model}}': quantile(0.99, REQUEST, { selector: OF_MODEL, by: 'model' }) },
      }),
      chart({
        title: 'Requests by outcome',
        says: 'Anything but OK: INFERENCE_UNAVAILABLE is Triton away or starting, INFERENCE_FAILED a model that fails; its log says why.',
        unit: 'suffix: requests/s',
        queries: { '{{code}}': rate(`${REQUEST}_count{${OF_MODEL}}`, 'code') },
      }),
    ],
    'The server': [
      chart({
        title: 'Requests per second',
        says: 'One request is one tile. One model at 0 while jobs of its operation run: it is not loaded.',
        unit: 'suffix: requests/s',
        queries: { '{{model}}': perModel('nv_inference_request_success') },
      }),
      chart({
        title: 'Failures by reason',
        says: 'CANCELED: workers gave up or stopped. BACKEND: the model failed. REJECTED: its queue was full. OTHER: see the log of Triton.',
        unit: 'suffix: requests/s',
        queries: { '{{reason}}': rate(`nv_inference_request_failure{${OF_MODEL}}`, 'reason') },
      }),
      chart({
        title: 'Pinned memory in use',
        says: 'Share of the pool through which tensors reach the GPU; 0 on CPU. At 1 they take a slower way: give Triton a larger --pinned-memory-pool-byte-size.',
        unit: 'percentunit',
        max: 1,
        queries: {
          used: 'sum(nv_pinned_memory_pool_used_bytes) / (sum(nv_pinned_memory_pool_total_bytes) > 0)',
        },
      }),
    ],
  },
};
