import { RETENTION_MS, checkRange } from './limits.ts';
import { type FieldMask, type TopicSettings, toMs } from './messages.ts';
import { checkName } from './resource-names.ts';
import { unimplemented } from './rpc-error.ts';
import { applyUpdateMask } from './update-mask.ts';

/**
 * A requested topic as it is stored. Settings on where bytes lie (regions, encryption key) are kept and echoed.
 * @throws RpcError INVALID_ARGUMENT for what the service refuses, UNIMPLEMENTED for what this server lacks
 */
export function completeTopic(requested: TopicSettings): TopicSettings {
  checkName('topics', requested.name);
  if (requested.schemaSettings !== null) throw unimplemented('A schema (schemaSettings)');
  if (requested.messageTransforms.length > 0) throw unimplemented('messageTransforms');
  if (requested.ingestionDataSourceSettings !== null) {
    throw unimplemented('ingestionDataSourceSettings');
  }
  const retention = requested.messageRetentionDuration;
  if (retention !== null) {
    checkRange('messageRetentionDuration in ms', toMs(retention), RETENTION_MS);
  }
  return { ...requested, state: 'ACTIVE' };
}

const UPDATABLE = [
  'ingestionDataSourceSettings',
  'labels',
  'messageRetentionDuration',
  'messageTransforms',
  'schemaSettings',
];

/**
 * Settings after an update of the masked fields.
 * @throws RpcError as {@link completeTopic}, and INVALID_ARGUMENT for an immutable field
 */
export function updateTopic(
  current: TopicSettings,
  requested: TopicSettings,
  mask: FieldMask | null,
): TopicSettings {
  return completeTopic(applyUpdateMask(current, requested, mask, UPDATABLE));
}
