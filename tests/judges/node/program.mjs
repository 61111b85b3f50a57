// What the judge asks of the transpiled components, in Node's way: calls that return when they have ended, errors that are thrown.
// Each line that it prints is one fact in JSON.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';

const [folder, endpoint, bucket, region, accessKeyId, accessKeySecret, root] = process.argv.slice(2);
const { certStorage, lock } = await import(`${folder}/certificates/certificates.js`);
const { blobDriver } = await import(`${folder}/blobs/blobs.js`);

const MIB = 1 << 20;
const config = {
  bucket, region, endpoint: { tag: 'custom', val: endpoint }, root, roles: [], timeouts: {},
  credentials: { tag: 'fixed', val: { accessKeyId, accessKeySecret } },
};
const fact = (name, value) => console.log(JSON.stringify([name, value], (_, part) => (typeof part === 'bigint' ? Number(part) : part)));
const failure = (call) => {
  try {
    call();
  } catch (error) {
    return error.payload;
  }
  assert.fail('it should have failed');
};

const locks = lock.Locks.open(config, {});
const storage = certStorage.Storage.open(config, {}, locks);
storage.store('sites/a.crt', Buffer.from('a certificate'));
fact('loaded', Buffer.from(storage.load('sites/a.crt')).toString());
fact('listed', storage.list('', true).entries.map((entry) => entry.key));
const absent = failure(() => storage.load('absent'));
fact('absent', [absent.kind.tag, absent.key, absent.answer.code]);

const lease = locks.tryLock('nightly');
fact('held', failure(() => locks.tryLock('nightly')).tag);
fact('written', storage.storeUnder(lease, 'k', Buffer.from('under the lease')));
fact('unlocked', locks.unlock(lease));

const driver = blobDriver.Driver.open(config, { partSize: BigInt(MIB) });
const content = randomBytes(8 * MIB);
const upload = driver.writeStream('/file', 0n, BigInt(content.length), { publish: { createOnly: false } });
for (let at = 0; at < content.length; at += MIB) upload.write(content.subarray(at, at + MIB));
fact('count', upload.finish()[0]);
const [state, reader] = driver.readStream('/file', 0n, undefined, {});
fact('size', state.size);
const pieces = [];
for (let piece = reader.read(MIB); piece.length > 0; piece = reader.read(MIB)) pieces.push(piece);
assert(pieces.every((piece) => piece.length <= MIB));
const digest = (bytes) => createHash('sha256').update(bytes).digest('hex');
assert.equal(digest(Buffer.concat(pieces)), digest(content));
fact('digest', digest(content));
const nothing = failure(() => driver.stat('/absent'));
fact('nothing', [nothing.path, nothing.reason.tag, nothing.causes[0].error.kind.tag]);
