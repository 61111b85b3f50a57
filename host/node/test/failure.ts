import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { OssicleError } from 'ossicle';

/** The error that a call fails with. */
export async function failure(call: Promise<unknown>): Promise<OssicleError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert(error instanceof OssicleError, inspect(error));
  return error;
}
