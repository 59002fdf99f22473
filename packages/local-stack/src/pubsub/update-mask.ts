import type { FieldMask } from './messages.ts';
import { invalidArgument } from './rpc-error.ts';

/**
 * `current` with the masked fields of `requested`.
 * @throws RpcError INVALID_ARGUMENT for an empty mask or a field that is not in `updatable`
 */
export function applyUpdateMask<Settings extends object>(
  current: Settings,
  requested: Settings,
  mask: FieldMask | null,
  updatable: readonly string[],
): Settings {
  const paths = mask?.paths ?? [];
  if (paths.length === 0) {
    throw invalidArgument('The update mask is empty; name the fields to update.');
  }
  const fields = new Set(paths.map((path) => camelCase(path)));
  for (const field of fields) {
    if (updatable.includes(field)) continue;
    throw invalidArgument(
      `Field ${field} cannot be updated. Those that can: ${updatable.join(', ')}.`,
    );
  }
  const changes = Object.entries(requested).filter(([field]) => fields.has(field));
  return { ...current, ...Object.fromEntries(changes) };
}

const camelCase = (path: string): string =>
  path.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
