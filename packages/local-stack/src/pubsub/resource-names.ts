import { invalidArgument } from './rpc-error.ts';

/** What stands where the name of a deleted topic stood. */
export const DELETED_TOPIC = '_deleted-topic_';

type Collection = 'topics' | 'subscriptions';

const PROJECT = /^projects\/[^/]+$/;
// https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names
const RESOURCE =
  /^projects\/[^/]+\/(topics|subscriptions)\/(?!goog)[A-Za-z][A-Za-z0-9\-_.~+%]{2,254}$/;

/**
 * Refuses what is no resource name of that collection.
 * @throws RpcError INVALID_ARGUMENT
 */
export function checkName(collection: Collection, name: string): void {
  if (RESOURCE.exec(name)?.[1] === collection) return;
  throw invalidArgument(
    `Invalid resource name ${JSON.stringify(name)}: expected projects/{project}/${collection}/{id}, where id has 3 to 255 ` +
      'of A-Z a-z 0-9 - _ . ~ + %, starts with a letter and not with "goog".',
  );
}

/**
 * Refuses what is not `projects/{project}`.
 * @throws RpcError INVALID_ARGUMENT
 */
export function checkProject(name: string): void {
  if (PROJECT.test(name)) return;
  throw invalidArgument(
    `Invalid project name ${JSON.stringify(name)}: expected projects/{project}.`,
  );
}

/** Project and id of a valid resource name. */
export function splitName(name: string): { project: string; id: string } {
  const [, project = '', , id = ''] = name.split('/');
  return { project, id };
}
