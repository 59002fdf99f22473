import { isOperationName, OPERATION_NAMES, type OperationName } from '@imagen/contracts';
import { UsageError } from './usage-error.ts';

/** The operation that an argument names. @throws UsageError when there is none of that name */
export function parseOperation(name: string): OperationName {
  if (isOperationName(name)) return name;
  throw new UsageError(
    `there is no operation "${name}"; expected one of ${OPERATION_NAMES.join(', ')}`,
  );
}

/** The one named, else all of them. @throws UsageError when there is none of that name */
export function parseOperations(name: string | undefined): readonly OperationName[] {
  return name === undefined ? OPERATION_NAMES : [parseOperation(name)];
}
