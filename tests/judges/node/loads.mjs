// Loads a value in Node once, and then many times, where the module lets several calls be at once so many at once.
//
//     node loads.mjs MODULE ENDPOINT BUCKET REGION ID SECRET ROOT KEY TIMES AT_ONCE
//
// The module is the package for Node 24, or what jco makes of the component of WASI 0.2. It prints a line when the first has come,
// with the seconds of it that compiling took, and one when all have.

const [module, endpoint, bucket, region, accessKeyId, accessKeySecret, root, key, times, atOnce] = process.argv.slice(2);

let begun, ended;
const compile = WebAssembly.compile;
WebAssembly.compile = async (bytes) => {
  begun ??= performance.now();
  const compiled = await compile(bytes);
  ended = performance.now();
  return compiled;
};

const { Certificates, certStorage } = await import(module);
const credentials = { accessKeyId, accessKeySecret };
const storage = Certificates
  ? await Certificates.open({ endpoint, bucket, region, root, credentials })
  : certStorage.Storage.open({
      endpoint: { tag: 'custom', val: endpoint }, bucket, region, root, credentials: { tag: 'fixed', val: credentials },
      roles: [], timeouts: {},
    }, {}, undefined);

await storage.load(key);
console.log((ended - begun) / 1000);

const work = async () => {
  for (let at = 0; at < times / atOnce; at += 1) await storage.load(key);
};
await Promise.all(Array.from({ length: Number(atOnce) }, work));
console.log('all');
