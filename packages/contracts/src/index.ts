// What publishers, workers and readers of results agree on. Words: a *job* names an *operation* (by its topic), a
// *source* object and *params*; it ends as a *result* object and a terminal *record*, announced by an *event*.
export { ERROR_CODES, type ErrorCode } from './error-codes.ts';
export { describeIssues } from './issues.ts';
export {
  GsUriSchema,
  type Job,
  JobIdSchema,
  type JobInput,
  JobSchema,
  MAX_MESSAGE_BYTES,
  OUTPUT_FORMATS,
  type OutputFormat,
  parseGsUri,
} from './job.ts';
export { jsonSchemas } from './json-schemas.ts';
export {
  deadLetterTopic,
  EVENTS_TOPIC,
  finaliserSubscription,
  jobTopic,
  RECORD_FOLDER,
  recordObject,
  resultFolder,
  resultObject,
  reviewSubscription,
  SUBSCRIPTIONS,
  type SubscriptionPlan,
  subscriptionPath,
  topicPath,
  TOPICS,
  workerSubscription,
} from './names.ts';
export {
  isOperationName,
  OPERATION_NAMES,
  type OperationName,
  type Params,
  PARAMS_SCHEMAS,
} from './operations.ts';
export { eventOf, EventSchema, type JobEvent, type JobRecord, RecordSchema } from './record.ts';
