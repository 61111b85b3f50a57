/**
 * `wasi:http/client` over Node's own client, with connections that are kept.
 *
 * The shim has one too, which is not used. It opens a connection for each request; says `connection-timeout`, which means
 * that nothing was sent, of an answer that is late; resolves `.` and `..` in paths; and lets a body that is read no further
 * end the process when its connection times out.
 */

import * as http from 'node:http';
import * as https from 'node:https';
import { Fields, HttpError, Request, Response } from '@bytecodealliance/preview3-shim/http';
import { StreamReader } from '@bytecodealliance/preview3-shim/stream';
import { failure } from './failure.js';

/** How long a connection is kept that nothing uses, in milliseconds: less than servers keep theirs. */
const IDLE = 15_000;

/** What one read of a body gives at most. A crossing into the component takes milliseconds, whatever goes with it. */
const PIECE = 256 * 1024;

const OPTIONS = { keepAlive: true, timeout: IDLE, highWaterMark: PIECE };
const AGENTS = { http: new http.Agent(OPTIONS), https: new https.Agent(OPTIONS) };

/** Fields that are neither a program's to see nor to set: they belong to the connection. */
const OF_THE_CONNECTION = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade']);

/** A result of WIT without a value. */
type Outcome = { tag: 'ok'; val: undefined } | { tag: 'err'; val: unknown };

const DONE: Outcome = { tag: 'ok', val: undefined };

export const client = {
  async send(request: Request): Promise<Response> {
    const options = request.getOptions();
    const outgoing = begin(request);
    const answer = answered(outgoing, options?.getConnectTimeout(), options?.getFirstByteTimeout());
    // A component needs no word of how its request's body fares that the answer does not give.
    const [body, trailers] = Request.consumeBody(request, new Promise(() => {}));
    void sent(outgoing, body ?? null, trailers).then((outcome) => request._resolve(outcome));
    return responseOf(await answer, options?.getBetweenBytesTimeout());
  },
};

function begin(request: Request): http.ClientRequest {
  const secure = request.getScheme()?.tag === 'HTTPS';
  const { hostname, port } = new URL(`${secure ? 'https' : 'http'}://${request.getAuthority()}`);
  const method: { tag: string; val?: string } = request.getMethod();
  const outgoing = (secure ? https : http).request({
    agent: secure ? AGENTS.https : AGENTS.http,
    // An IPv6 address has brackets in a URL alone.
    host: hostname.replace(/^\[|\]$/g, ''),
    port,
    method: method.val ?? method.tag.toUpperCase(),
    // As it is: what was signed is what is sent.
    path: request.getPathWithQuery() ?? '/',
  });
  for (const [name, value] of request.getHeaders().copyAll()) {
    outgoing.appendHeader(name, Buffer.from(value).toString('latin1'));
  }
  return outgoing;
}

/** Sends the body and ends the request. */
async function sent(
  outgoing: http.ClientRequest,
  body: StreamReader | null,
  trailers: PromiseLike<unknown>,
): Promise<Outcome> {
  const closed = new Promise<void>((resolve) => outgoing.once('close', resolve));
  try {
    if (body !== null) {
      for (let piece = await body.read(); piece !== null && !outgoing.destroyed; piece = await body.read()) {
        if (!outgoing.write(piece)) {
          await Promise.race([new Promise((resolve) => outgoing.once('drain', resolve)), closed]);
        }
      }
      await trailers;
    }
    await Promise.race([new Promise<void>((resolve) => outgoing.end(resolve)), closed]);
    return outgoing.writableFinished ? DONE : { tag: 'err', val: new HttpError('connection-terminated').payload };
  } catch (error) {
    // The component gave its body up.
    outgoing.destroy();
    return { tag: 'err', val: failure(error).payload };
  } finally {
    body?.close();
  }
}

/** The answer's head. */
function answered(outgoing: http.ClientRequest, connect: unknown, firstByte: unknown): Promise<http.IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
  const late = (code: string) => () => {
    reject(new HttpError(code));
    outgoing.destroy();
  };
  // The time for the answer begins anew with each piece of the request that the connection took.
  const stop = new AbortController();
  const connecting = timer(connect, late('connection-timeout'), stop.signal);
  const waiting = () => timer(firstByte, late('HTTP-response-timeout'), stop.signal);
  let answering: NodeJS.Timeout | undefined;
  outgoing.once('socket', (socket) => {
    const connected = () => {
      clearTimeout(connecting);
      answering = waiting();
    };
    if (outgoing.reusedSocket) {
      connected();
    } else {
      socket.once('encrypted' in socket ? 'secureConnect' : 'connect', connected);
    }
  });
  outgoing.on('drain', () => answering?.refresh());
  outgoing.once('finish', () => answering?.refresh());
  outgoing.once('response', resolve);
  outgoing.on('error', (error) => reject(failure(error)));
  outgoing.once('close', () => reject(new HttpError('connection-terminated')));
  return promise.finally(() => stop.abort());
}

function responseOf(answer: http.IncomingMessage, betweenBytes: unknown): Response {
  const fields: [string, Uint8Array][] = [];
  for (let at = 0; at + 1 < answer.rawHeaders.length; at += 2) {
    const name = answer.rawHeaders[at] ?? '';
    if (!OF_THE_CONNECTION.has(name.toLowerCase())) {
      fields.push([name, Buffer.from(answer.rawHeaders[at + 1] ?? '', 'latin1')]);
    }
  }
  const body = new Body(answer, betweenBytes);
  const [response] = Response.new(Fields.fromList(fields), new StreamReader(body), body.end);
  response.setStatusCode(answer.statusCode ?? 0);
  return response;
}

/** An answer's body. Read no further, it takes its connection with it. */
class Body implements AsyncIterableIterator<Uint8Array> {
  /** The trailers, of which OSS sends none, or why the body is not whole. */
  readonly end: Promise<Outcome>;
  readonly #answer: http.IncomingMessage;
  readonly #pieces: AsyncIterator<Uint8Array>;
  readonly #betweenBytes: unknown;
  readonly #ended: (outcome: Outcome) => void;

  constructor(answer: http.IncomingMessage, betweenBytes: unknown) {
    this.#answer = answer;
    this.#pieces = answer[Symbol.asyncIterator]();
    this.#betweenBytes = betweenBytes;
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    this.end = promise;
    this.#ended = resolve;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    const stop = new AbortController();
    timer(this.#betweenBytes, () => this.#answer.destroy(new HttpError('connection-read-timeout')), stop.signal);
    try {
      const next = await this.#pieces.next();
      if (next.done) {
        this.#ended(DONE);
      }
      return next;
    } catch (error) {
      const { payload } = failure(error);
      const broken = payload.tag === 'connection-terminated' ? { tag: 'HTTP-response-incomplete' } : payload;
      this.#ended({ tag: 'err', val: broken });
      return { done: true, value: undefined };
    } finally {
      stop.abort();
    }
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    this.#answer.destroy();
    this.#ended({ tag: 'err', val: { tag: 'HTTP-response-incomplete' } });
    return { done: true, value: undefined };
  }
}

/** Calls `then` after a span in nanoseconds, unless there is none or the signal comes first. */
function timer(span: unknown, then: () => void, signal: AbortSignal): NodeJS.Timeout | undefined {
  if (typeof span !== 'bigint') {
    return undefined;
  }
  // Longer than some 25 days is no time to Node.
  const after = setTimeout(then, Math.min(Number(span / 1_000_000n), 0x7fff_ffff));
  signal.addEventListener('abort', () => clearTimeout(after));
  return after;
}
