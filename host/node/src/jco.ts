/** What jco's declarations do not tell of what it makes. */

/** Frees what a component keeps for a resource. */
export function free(resource: object): void {
  (resource as Disposable)[Symbol.dispose]();
}

/** Calls a function that WIT has as synchronous. In a component with others, it gives a promise. */
export async function settled<T>(call: () => T): Promise<Awaited<T>> {
  return await call();
}
