import type { BoardPlan } from '../board.ts';
import { chart } from '../panels.ts';
import { OF_MODEL, rate, ratio } from '../promql.ts';
import { MAX_BATCH_SIZE } from '../facts.ts';

const perModel = (metric: string): string => rate(`${metric}{${OF_MODEL}}`, 'model');
const tiles = perModel('nv_inference_count');
const executions = perModel('nv_inference_exec_count');
const meanBatch = ratio(tiles, executions);
const inferSeconds = `${ratio(perModel('nv_inference_compute_infer_duration_us'), perModel('nv_inference_request_success'))} / 1e6`;

/** Do tiles of different jobs share executions? */
export const batching: BoardPlan = {
  uid: 'imagen-batching',
  title: 'imagen: is batching paying?',
  says: 'Do tiles of different jobs share executions of a model, and is the GPU the better used for it?',
  variables: ['model'],
  rows: {
    Batches: [
      chart({
        title: 'Mean batch',
        says: 'Inferences ÷ executions. 1 under load: nothing is batched; look at dynamic_batching in the model’s config.pbtxt and at tiles in flight. 1 with few jobs is right.',
        unit: 'suffix: tiles',
        queries: { '{{model}}': meanBatch },
      }),
      chart({
        title: 'How full batches are',
        says: `Mean batch ÷ max_batch_size, which is ${MAX_BATCH_SIZE} for every model. Near 1 with a long queue: a larger max_batch_size or another GPU would pay.`,
        unit: 'percentunit',
        max: 1,
        queries: { '{{model}}': `${meanBatch} / ${MAX_BATCH_SIZE}` },
      }),
      chart({
        title: 'Tiles per second',
        says: 'What Triton gets done. Flat while jobs wait: the GPU is what there is too little of.',
        unit: 'suffix: tiles/s',
        queries: { '{{model}}': tiles },
      }),
    ],
    'What it costs': [
      chart({
        title: 'Queue’s share of a request',
        says: 'Two batches in flight give about a half: while one is run, the next one fills. Much more: workers send more than the GPU can take; see the limits of flow control.',
        unit: 'percentunit',
        max: 1,
        queries: {
          '{{model}}': ratio(
            perModel('nv_inference_queue_duration_us'),
            perModel('nv_inference_request_duration_us'),
          ),
        },
      }),
      chart({
        title: 'Tiles in Triton’s queue',
        says: 'Not yet in an execution. Growing without end: flow control does not hold, or clients other than our workers send.',
        unit: 'suffix: tiles',
        queries: {
          '{{model}}': `sum by (model) (nv_inference_pending_request_count{${OF_MODEL}})`,
        },
      }),
      chart({
        title: 'Tiles per second of the GPU',
        says: 'Mean batch ÷ mean time of an execution (of the CPU where Triton has no GPU). Should rise with the mean batch: where it does not, batching does not pay for this model.',
        unit: 'suffix: tiles/s',
        queries: { '{{model}}': `${meanBatch} / (${inferSeconds})` },
      }),
    ],
    'Flow control of the workers': [
      chart({
        title: 'Tiles in flight, and as many as may be',
        says: 'At the limit while jobs run: right. Far below it: workers are busy with decoding and encoding, and more of them would help.',
        unit: 'suffix: tiles',
        columns: 12,
        queries: {
          'in flight {{model}}': `sum by (model) (imagen_tiles_in_flight{${OF_MODEL}})`,
          'limit {{model}}': `sum by (model) (imagen_tiles_in_flight_limit{${OF_MODEL}})`,
        },
      }),
      chart({
        title: 'Tiles answered, as the workers count',
        says: 'Less than Triton counts: its other clients take a share of the GPU.',
        unit: 'suffix: tiles/s',
        columns: 12,
        queries: { '{{model}}': rate(`imagen_tiles_total{${OF_MODEL}}`, 'model') },
      }),
    ],
  },
};
