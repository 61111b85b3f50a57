import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { inspect } from 'node:util';
import { Certificates, Locks } from 'ossicle';
import { Emulator } from './emulator.ts';
import { failure } from './failure.ts';

let emulator: Emulator;
let certificates: Certificates;

before(async () => {
  emulator = await Emulator.start();
});

after(() => emulator.stop());

beforeEach(async ({ name }) => {
  certificates = await Certificates.open({ ...emulator.config, root: name });
});

test('values are stored, found and removed', async () => {
  const pem = '-----BEGIN CERTIFICATE-----\n';
  await certificates.store('sites/a.crt', pem);
  await certificates.store('sites/a.key', new Uint8Array(0));
  assert.equal(new TextDecoder().decode(await certificates.load('sites/a.crt')), pem);
  assert.equal((await certificates.load('sites/a.key')).length, 0);
  assert.deepEqual(await certificates.list(), { entries: [{ key: 'sites' }], leftOut: 0 });
  const { entries } = await certificates.list('', { recursive: true });
  assert.deepEqual(
    entries.map((entry) => entry.key),
    ['sites', 'sites/a.crt', 'sites/a.key'],
  );
  const { modified, ...info } = await certificates.stat('sites/a.crt');
  assert.deepEqual(entries[1]?.value, { size: pem.length, modified });
  assert.equal((await failure(certificates.create('sites/a.crt', 'another'))).kind, 'conflict');
  assert.deepEqual(info, { key: 'sites/a.crt', size: pem.length, isTerminal: true });
  assert(Math.abs(Date.now() - modified.getTime()) < 600_000);
  assert.equal(await certificates.exists('sites'), true);
  await certificates.delete('sites');
  assert.equal(await certificates.exists('sites'), false);
});

test('a value of many pieces goes both ways', async () => {
  const value = Buffer.alloc(3 << 20, 'every byte is as it was');
  await certificates.store('large', value);
  assert(value.equals(await certificates.load('large')));
});

test('what is not there is told as that, with what OSS said', async () => {
  const error = await failure(certificates.load('sites/none'));
  assert.equal(error.kind, 'not-found');
  assert.equal(error.key, 'sites/none');
  assert.equal(error.status, 404);
  assert.equal(error.code, 'NoSuchKey');
  assert.equal(error.retryable, false);
  const log: { id: string }[] = await emulator.call('GET', '/requests');
  assert.match(error.requestId ?? '', /^[0-9A-F]{24}$/);
  assert(JSON.stringify(log).includes(error.requestId ?? 'none'));
});

test('a wrong secret is refused and not shown', async () => {
  const accessKeySecret = 'a-secret-that-is-not-the-one';
  const wrong = await Certificates.open({ ...emulator.config, credentials: { accessKeyId: 'my-id', accessKeySecret } });
  const error = await failure(wrong.load('k'));
  assert.deepEqual([error.kind, error.code, error.status], ['access-denied', 'SignatureDoesNotMatch', 403]);
  assert(!inspect([error, wrong], { depth: 9, showHidden: true }).includes(accessKeySecret));
});

test('a config that can not work names its field', async () => {
  const error = await failure(Certificates.open({ ...emulator.config, bucket: 'No_Bucket' }));
  assert.deepEqual([error.kind, error.field], ['invalid-config', 'bucket']);
  await assert.rejects(Certificates.open({ ...emulator.config, timeouts: { connect: 1.5 } }), RangeError);
});

test('an endpoint that nobody serves is unavailable', async () => {
  const nobody = await Certificates.open({ ...emulator.config, endpoint: 'http://127.0.0.1:1', attempts: 1 });
  const error = await failure(nobody.store('k', 'v'));
  assert.deepEqual([error.kind, error.retryable, error.undecided, error.code], ['unavailable', true, false, undefined]);
});

test('a change whose answer is late is undecided', async () => {
  const hasty = await Certificates.open({ ...emulator.config, attempts: 1, timeouts: { firstByte: 300 } });
  const fault = { action: { type: 'delay', ms: 5_000 }, operations: ['PutObject'] };
  const error = await emulator.during(fault, () => failure(hasty.store('late', 'v')));
  assert.deepEqual([error.kind, error.undecided], ['timed-out', true]);
});

test('an answer that breaks off is read again', async () => {
  await certificates.store('k', Buffer.alloc(100_000, 'v'));
  const fault = { action: { type: 'cut-response', at: 50_000 }, operations: ['GetObject'], times: 1 };
  const value = await emulator.during(fault, () => certificates.load('k'));
  assert.equal(value.length, 100_000);
});

test('calls run at once over connections that are kept, and the event loop goes on', async () => {
  await certificates.store('k', 'v');
  await emulator.call('PUT', '/latency', { ms: 500 });
  await emulator.call('POST', '/reset');
  let ticks = 0;
  const clock = setInterval(() => ticks++, 10);
  await Promise.all(Array.from({ length: 20 }, () => certificates.load('k')));
  clearInterval(clock);
  await emulator.call('PUT', '/latency', { ms: 0 });
  assert(ticks > 5, `${ticks} ticks while nothing but OSS was waited for`);
  assert.equal((await emulator.call('GET', '/stats')).in_flight_max, 20);
  for (let turn = 0; turn < 20; turn++) {
    await certificates.load('k');
  }
  const { connections, operations } = await emulator.call('GET', '/stats');
  assert.equal(operations.GetObject, 40);
  assert(connections <= 20, `${connections} connections`);
});

// Without what `build.js` mends, nearly every run spins for ever.
test('calls that follow one another, several at once, all end', async ({ name }) => {
  await certificates.store('k', Buffer.alloc(2048));
  for (let instance = 0; instance < 10; instance++) {
    await using fresh = await Certificates.open({ ...emulator.config, root: name });
    const load = async () => {
      for (let turn = 0; turn < 5; turn++) {
        assert.equal((await fresh.load('k')).length, 2048);
      }
    };
    await fresh.load('k');
    await Promise.all(Array.from({ length: 8 }, load));
  }
});

test('locks are held by one, and what is stored under them is theirs', async () => {
  const config = { ...emulator.config, root: 'locks' };
  const locks = await Locks.open(config, { lease: 15_000 });
  const guarded = await Certificates.open(config, { locks });
  const lease = await locks.tryLock('issue');
  const held = await failure(locks.tryLock('issue'));
  assert.deepEqual([held.kind, held.holder?.owner, held.holder?.token], ['held', lease.owner, lease.token]);
  assert.equal((await failure(locks.lock('issue', 300))).kind, 'held');
  assert.equal((await locks.inspect('issue')).holder?.token, lease.token);
  assert.equal(await guarded.storeUnder(lease, 'k', 'v'), 'once');
  const renewed = await locks.renew(lease);
  assert.equal(renewed.token, lease.token);
  assert.equal(await locks.unlock(renewed), 'released');
  assert.equal((await failure(guarded.storeUnder(renewed, 'k', 'w'))).kind, 'lost');
  assert.deepEqual((await locks.inspect('issue')).state, 'free');
  const next = await locks.tryLock('issue');
  assert(next.token > lease.token);
  assert.equal(await locks.break('issue', next.token), true);
  assert.equal((await failure(locks.renew(next))).kind, 'lost');
});

test('values of several keys are stored, loaded and removed as one', async () => {
  const config = { ...emulator.config, root: 'sets' };
  const locks = await Locks.open(config);
  const sets = await Certificates.open(config, { locks });
  const lease = await locks.tryLock('sets');
  // In another order than that of bytes.
  const keys = ['sites/a.key', 'sites/a.crt', 'sites/a.json'];
  const set = (number: number): [string, string][] => keys.map((key) => [key, `${number} ${key}`]);
  const whole = (number: number) => set(number).map(([, value]) => value);
  const decoder = new TextDecoder();
  const load = async () => (await sets.loadTogether(keys)).map((value) => value && decoder.decode(value));
  assert.deepEqual(await load(), [undefined, undefined, undefined]);
  assert.equal(await sets.storeTogether(lease, set(1)), 'once');
  assert.deepEqual(await load(), whole(1));
  const bytes = new Map(set(2).map(([key, value]) => [key, new TextEncoder().encode(value)]));
  assert.equal(await sets.storeTogether(lease, bytes), 'once');
  assert.deepEqual(await load(), whole(2));
  await sets.delete('sites/a.crt');
  assert.deepEqual(await load(), [whole(2)[0], undefined, whole(2)[2]]);

  // Three copies, the index, three values: before the index all is old, and after it all is new.
  const refused = { type: 'error', status: 403, code: 'AccessDenied' };
  const broken = (number: number, skip: number) => {
    const fault = { action: refused, operations: ['PutObject'], skip, times: 1 };
    return emulator.during(fault, () => failure(sets.storeTogether(lease, set(number))));
  };
  const before = await broken(3, 3);
  assert.deepEqual([before.kind, before.message.includes('the set is stored')], ['access-denied', false]);
  assert.deepEqual(await load(), [whole(2)[0], undefined, whole(2)[2]]);
  const after = await broken(4, 5);
  assert.deepEqual([after.kind, after.message.includes('the set is stored')], ['access-denied', true]);
  assert.deepEqual(await load(), whole(4));

  // Of two at once one is refused before anything of it is sent.
  const first = sets.storeTogether(lease, set(5));
  const second = await failure(sets.storeTogether(lease, set(6)));
  assert.deepEqual([second.kind, second.retryable, second.undecided], ['conflict', true, false]);
  assert.equal(await first, 'once');
  assert.deepEqual(await load(), whole(5));
  assert.equal((await failure(sets.loadTogether(['a/k', 'b/k']))).kind, 'invalid-key');
  assert.equal((await failure(sets.loadTogether([]))).kind, 'unsupported');

  assert.equal(await sets.deleteTogether(lease, keys), 'once');
  assert.deepEqual(await load(), [undefined, undefined, undefined]);
  assert.equal(await sets.exists('sites'), false);
  assert.equal(await locks.unlock(lease), 'released');
  assert.equal((await failure(sets.storeTogether(lease, set(7)))).kind, 'lost');
  assert.equal((await failure(sets.deleteTogether(lease, keys))).kind, 'lost');
});

test('credentials that the program has are handed over', async () => {
  const { credentials, ...config } = emulator.config;
  const waiting = await Certificates.open({ ...config, credentials: { source: 'host' } });
  assert.equal((await failure(waiting.load('k'))).noCredentials, true);
  assert('accessKeyId' in credentials);
  await waiting.supplyCredentials({ ...credentials, expires: new Date(Date.now() + 3_600_000) });
  assert.equal((await failure(waiting.load('k'))).kind, 'not-found');
});

test('values are encrypted with a key set of Tink', async () => {
  const key = Buffer.from([0x1a, 16, ...Buffer.alloc(16, 7)]).toString('base64');
  const keyData = { typeUrl: 'type.googleapis.com/google.crypto.tink.AesGcmKey', value: key, keyMaterialType: 'SYMMETRIC' };
  const keys = [{ keyData, status: 'ENABLED', keyId: 7, outputPrefixType: 'TINK' }];
  const keySet = new TextEncoder().encode(JSON.stringify({ primaryKeyId: 7, key: keys }));
  const config = { ...emulator.config, root: 'sealed' };
  const sealed = await Certificates.open(config, { encryption: { keySet } });
  await sealed.store('k', 'a private key');
  assert.equal(new TextDecoder().decode(await sealed.load('k')), 'a private key');
  assert.deepEqual((await sealed.loadValue('k')).protection, { tag: 'sealed', val: { keyId: 7, byPrimary: true } });
  const plain = await Certificates.open(config);
  assert.equal((await failure(plain.load('k'))).kind, 'corrupt');
});
