/** Streams by chunks: those of jco give and take one byte at a time unless asked for more. */

import { ReadableStream } from 'node:stream/web';
import type { DriverError, Result } from './components/blobs/interfaces/ossicle-storage-blob-driver.js';
import { fromDriver } from './error.js';

/** What a read asks for: so much does one crossing into the component carry. */
const CHUNK = 256 * 1024;

/** What can be written: chunks, however they come. */
export type Content = Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** What jco's streams can do beyond what its types say. */
interface Chunks<T> extends AsyncIterable<unknown>, Disposable {
  read(options: { count: number }): Promise<{ value?: T; done: boolean }>;
}

type End = PromiseLike<Result<void, DriverError>>;

/** Reads a component's stream of bytes, and fails if its end says so. Cancelled, nothing more is fetched. */
export function readable(stream: AsyncIterable<number>, end: End): ReadableStream<Uint8Array> {
  const source = stream as unknown as Chunks<Uint8Array>;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { value, done } = await source.read({ count: CHUNK });
        if (value !== undefined && value.length > 0) {
          controller.enqueue(value);
        }
        if (done) {
          await whole(end);
          controller.close();
        }
      },
      cancel() {
        leave(source, end);
      },
    },
    // What was not asked for is not fetched.
    { highWaterMark: 0 },
  );
}

/** The entries of a component's stream, and a failure if its end says so. */
export async function* entries<T>(stream: AsyncIterable<T>, end: End): AsyncGenerator<T, void, undefined> {
  const source = stream as unknown as Chunks<T[]>;
  // As many as OSS lists at once.
  const next = () => source.read({ count: 1000 });
  let finished = false;
  try {
    for (let { value, done } = await next(); ; { value, done } = await next()) {
      yield* value ?? [];
      if (done) {
        finished = true;
        break;
      }
    }
    await whole(end);
  } finally {
    if (!finished) {
      leave(source, end);
    }
  }
}

/** Content for a component: the stream, whether its end was the content's, and what it failed with. */
export class Outgoing {
  readonly stream: AsyncIterable<number>;
  readonly end: Promise<Result<void, string>>;
  failed: unknown;

  constructor(content: Content) {
    const { promise, resolve } = Promise.withResolvers<Result<void, string>>();
    this.end = promise;
    this.stream = ReadableStream.from(this.#watched(content, resolve)) as unknown as AsyncIterable<number>;
  }

  async *#watched(content: Content, resolve: (end: Result<void, string>) => void): AsyncGenerator<Uint8Array> {
    // Left before its end, which the component does that wants no more, the content is not whole.
    let end: Result<void, string> = { tag: 'err', val: 'it was not read to its end' };
    try {
      yield* content instanceof Uint8Array ? [content] : content;
      end = { tag: 'ok', val: undefined };
    } catch (error) {
      // The component hears of an end by `end`, and the caller gets this as the cause.
      this.failed = error;
      end = { tag: 'err', val: error instanceof Error ? error.message : String(error) };
    } finally {
      resolve(end);
    }
  }
}

/** Ends a stream that is read no further. */
function leave(source: Disposable, end: End): void {
  source[Symbol.dispose]();
  // The component says that it was not read to its end, and lets go of the connection once that was heard.
  void end.then(() => {});
}

async function whole(end: End): Promise<void> {
  const result = await end;
  if (result.tag === 'err') {
    throw fromDriver(result.val);
  }
}
