import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ReadableStream } from 'node:stream/web';
import { after, before, beforeEach, test } from 'node:test';
import { Blobs } from 'ossicle';
import { Emulator } from './emulator.ts';
import { failure } from './failure.ts';

const MIB = 1 << 20;

let emulator: Emulator;
let blobs: Blobs;

before(async () => {
  emulator = await Emulator.start();
});

after(() => emulator.stop());

beforeEach(async ({ name }) => {
  blobs = await Blobs.open({ ...emulator.config, root: name });
});

async function collected(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(body));
}

test('64 MiB go both ways in chunks, and are the same', async () => {
  const [chunk, sent] = [Buffer.alloc(MIB), createHash('sha256')];
  async function* content() {
    for (let at = 0; at < 64; at++) {
      chunk.fill(`piece ${at}`);
      sent.update(chunk);
      yield Buffer.from(chunk);
    }
  }
  const written = await blobs.write('/large', content(), { sizeHint: 64 * MIB, contentType: 'application/x-large' });
  assert.equal(written.size, 64 * MIB);

  const { state, body } = await blobs.read('/large');
  assert.deepEqual([state.size, state.contentType, state.etag], [64 * MIB, 'application/x-large', written.etag]);
  const [received, sizes] = [createHash('sha256'), []] as [ReturnType<typeof createHash>, number[]];
  for await (const piece of body) {
    assert(piece instanceof Uint8Array);
    received.update(piece);
    sizes.push(piece.length);
  }
  assert.equal(received.digest('hex'), sent.digest('hex'));
  assert(sizes.length <= 64 * 64, `${sizes.length} pieces of ${Math.max(...sizes)} bytes at most`);
});

test('files are found, copied, moved and removed', async () => {
  await blobs.check();
  await blobs.put('/a/one', Buffer.from('1'), { contentType: 'text/plain' });
  await blobs.write('/a/two', [Buffer.from('2'), Buffer.from('2')]);
  await blobs.copy('/a/one', '/a/b/three');
  await blobs.move('/a/two', '/c');
  assert.deepEqual((await blobs.list('/')).paths, ['/a', '/c']);
  assert.deepEqual(
    (await blobs.page('/', { recursive: true })).entries.map(({ path }) => path),
    ['/a/b/three', '/a/one', '/c'],
  );
  const walked = await Array.fromAsync(blobs.walk('/'), ({ path, size, isDir }) => [path, size, isDir]);
  assert.deepEqual(walked, [
    ['/a', 0, true],
    ['/a/b', 0, true],
    ['/a/b/three', 1, false],
    ['/a/one', 1, false],
    ['/c', 2, false],
  ]);
  for await (const { path } of blobs.walk('/')) {
    assert.equal(path, '/a');
    break;
  }
  const { content, state } = await blobs.get('/a/b/three');
  assert.deepEqual([Buffer.from(content).toString(), state.contentType], ['1', 'text/plain']);
  assert.equal((await failure(blobs.get('/a/one', { ifNoneMatch: state.etag }))).kind, 'not-modified');
  await blobs.deleteFiles(['/c', '/none']);
  await blobs.delete('/a');
  assert.deepEqual((await blobs.list('/')).paths, []);
  assert.equal((await failure(blobs.stat('/a'))).kind, 'not-found');
});

test('a part of a file is read', async () => {
  await blobs.put('/digits', Buffer.from('0123456789'));
  const read = async (options: object) => (await collected((await blobs.read('/digits', options)).body)).toString();
  assert.equal(await read({ offset: 3, length: 4 }), '3456');
  assert.equal(await read({ offset: 8 }), '89');
  assert.equal(await read({ offset: 10 }), '');
  assert.equal(Buffer.from((await blobs.tail('/digits', 2)).content).toString(), '89');
  const error = await failure(blobs.read('/digits', { offset: -1 }));
  assert.deepEqual([error.kind, error.key], ['invalid-offset', '/digits']);
});

test('paths of dots are paths like any other', async () => {
  await blobs.put('/a/../b', Buffer.from('dots'));
  assert.deepEqual((await blobs.list('/a')).paths, ['/a/..']);
  assert.equal((await blobs.stat('/a/../b')).size, 4);
});

test('content that fails is not stored, and its error is the cause', async () => {
  const cause = new Error('the disk broke');
  async function* content() {
    yield Buffer.alloc(100_000);
    throw cause;
  }
  const error = await failure(blobs.write('/broken', content()));
  assert.deepEqual([error.kind, error.key, error.cause], ['broken-content', '/broken', cause]);
  assert.equal((await failure(blobs.stat('/broken'))).kind, 'not-found');

  const writer = await blobs.writer('/broken');
  assert.equal((await failure(writer.write(content()))).cause, cause);
  await writer.cancel();
});

test('a writer is closed and gone on with', async () => {
  const writer = await blobs.writer('/layer', 'anew', { contentType: 'application/x-layer' });
  assert.equal(await writer.write(Buffer.alloc(300_000, 'a')), 300_000);
  assert.equal(await writer.size(), 300_000);
  const upload = await writer.uploadId();
  assert(upload !== undefined);
  await writer.close();
  assert.equal((await failure(blobs.stat('/layer'))).kind, 'not-found');
  assert.deepEqual(await Array.fromAsync(blobs.uploads('/', 0), ({ path, uploadId }) => [path, uploadId]), [
    ['/layer', upload],
  ]);

  const other = await blobs.writer('/layer', { upload }, { at: 300_000 });
  await other.write(ReadableStream.from([Buffer.from('b')]));
  assert.equal((await other.commit({ createOnly: true })).size, 300_001);
  assert.equal((await blobs.get('/layer')).state.contentType, 'application/x-layer');
  assert.equal((await failure(blobs.put('/layer', Buffer.from('c'), { createOnly: true }))).kind, 'conflict');
});

test('a presigned URL is read without credentials', async () => {
  await blobs.put('/shared', Buffer.from('for a while'));
  const { url, holdsFor } = await blobs.urlFor('/shared', { expiry: 60 });
  assert.equal(holdsFor, 60);
  assert.equal(await (await fetch(url)).text(), 'for a while');
});

test('a download that breaks off goes on where it was, unless the file is another one by then', async () => {
  const content = Buffer.alloc(MIB, 'as it was');
  await blobs.put('/broken', content);
  const fault = { action: { type: 'cut-response', at: 600_000 }, operations: ['GetObject'], times: 1 };
  await emulator.during(fault, async () => {
    assert((await collected((await blobs.read('/broken')).body)).equals(content));
  });
  await emulator.during(fault, async () => {
    const { body } = await blobs.read('/broken');
    let received = 0;
    const error = await failure(
      (async () => {
        for await (const piece of body) {
          if (received === 0) {
            await blobs.put('/broken', Buffer.from('another one'));
          }
          received += piece.length;
        }
      })(),
    );
    assert.equal(error.kind, 'conflict');
    assert(received > 0 && received <= 600_000, `${received} bytes came`);
  });
});

test('a download that is left lets go of its connection', async (test) => {
  // Sends the head and the beginning, and then nothing.
  const closed = Promise.withResolvers<void>();
  const server = createServer(({ socket }, response) => {
    // What was sent and not read makes the end a reset.
    socket.on('error', () => {}).on('close', () => closed.resolve());
    response.writeHead(200, {
      'content-length': 64 * MIB,
      'x-oss-request-id': 'B0E9A8727E9D523B2351D68C',
      'x-oss-hash-crc64ecma': '1',
      etag: '"AB"',
    });
    response.write(Buffer.alloc(MIB));
  });
  test.after(() => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const slow = await Blobs.open({ ...emulator.config, endpoint: `http://127.0.0.1:${port}` });
  const { body } = await slow.read('/stalled');
  for await (const piece of body) {
    assert(piece.length > 0);
    break;
  }
  await closed.promise;
});
