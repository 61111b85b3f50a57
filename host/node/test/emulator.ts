/** An emulator of OSS, and its controls. */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Config } from 'ossicle';

const target = process.env.CARGO_TARGET_DIR ?? path.join(import.meta.dirname, '../../../target');
const ossicle = process.env.OSSICLE_COMMAND ?? path.join(target, 'debug/ossicle');

export class Emulator {
  readonly #process: ChildProcess;
  readonly #admin: string;
  readonly config: Config;

  private constructor(child: ChildProcess, endpoint: string, admin: string) {
    this.#process = child;
    this.#admin = admin;
    this.config = {
      bucket: 'node',
      region: 'cn-hangzhou',
      endpoint,
      credentials: { accessKeyId: 'my-id', accessKeySecret: 'my-secret' },
    };
  }

  static async start(): Promise<Emulator> {
    const any = '127.0.0.1:0';
    const words = ['emulator', '--listen', any, '--admin', any, '--bucket', 'node', '--key', 'my-id:my-secret'];
    const child = spawn(ossicle, words, { stdio: ['ignore', 'pipe', 'inherit'] });
    let [endpoint, admin] = ['', ''];
    for await (const line of createInterface({ input: child.stdout })) {
      endpoint = /^OSS emulator at (.*)/.exec(line)?.[1] ?? endpoint;
      admin = /^admin at (.*)/.exec(line)?.[1] ?? admin;
      if (line.startsWith('access keys:')) {
        return new Emulator(child, endpoint, admin);
      }
    }
    throw new Error('the emulator ended');
  }

  async stop(): Promise<void> {
    this.#process.kill('SIGINT');
    await once(this.#process, 'exit');
  }

  async call(method: string, path: string, body?: unknown): Promise<any> {
    const answer = await fetch(this.#admin + path, { method, body: body === undefined ? undefined : JSON.stringify(body) });
    if (!answer.ok) {
      throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    }
    return answer.json();
  }

  /** Calls something while requests meet a fault, which at least one has to. */
  async during<T>(fault: object, call: () => Promise<T>): Promise<T> {
    const { id } = await this.call('POST', '/faults', fault);
    try {
      const done = await call();
      const faults: { id: number; hits: number }[] = await this.call('GET', '/faults');
      assert(
        faults.some((known) => known.id === id && known.hits > 0),
        'no request met the fault',
      );
      return done;
    } finally {
      await this.call('DELETE', `/faults/${id}`);
    }
  }
}
