// Makes `dist`: the components as JavaScript and core modules by jco, and what is in `src`.
//
//     npm run build -- path/to/ossicle
//
// The command writes the components. Without a path it is the one that cargo built.

import { execFileSync } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { transpile } from '@bytecodealliance/jco';

const here = import.meta.dirname;
const target = process.env.CARGO_TARGET_DIR ?? path.join(here, '../../target');
const ossicle = path.resolve(process.argv[2] ?? path.join(target, 'debug/ossicle'));
const components = path.join(here, 'src/components');

const { version } = JSON.parse(await readFile(path.join(here, 'package.json'), 'utf8'));
const built = execFileSync(ossicle, ['--version'], { encoding: 'utf8' }).trim();
if (built.split('\n')[0] !== `ossicle ${version}`) {
  throw new Error(`this package is ${version}, and the command says "${built}"`);
}

/**
 * What jco makes hands the lock of an instance on in a microtask, which it puts off by a microtask as long as somebody has taken the
 * lock in between. Microtasks come before all events, so that a holder which waits for one never ends, and the process with it.
 * Nothing is lost without that: whoever releases the lock hands it on.
 */
const PUT_OFF = /(if \(this\.#lockHolderTaskID !== null\) \{)\s*this\.#scheduleLockHandoff\(\);\s*(return;)/g;

function mended(code) {
  if (code.match(PUT_OFF)?.length !== 1) {
    throw new Error('what jco makes has another lock than the one that is mended here');
  }
  return code.replace(PUT_OFF, '$1 $2');
}

await rm(components, { recursive: true, force: true });
await rm(path.join(here, 'dist'), { recursive: true, force: true });
for (const name of ['certificates', 'blobs']) {
  const component = execFileSync(ossicle, ['component', name], { maxBuffer: 64 << 20 });
  // With a function that makes instances, instead of one instance for the whole process: what is opened has its own, so that
  // one which ends takes nothing else with it.
  const { files } = await transpile(component, { name, instantiation: 'async' });
  const module = `${name}.js`;
  files[module] = mended(Buffer.from(files[module]).toString());
  for (const [file, content] of Object.entries(files)) {
    for (const folder of [components, path.join(here, 'dist/components')]) {
      const to = path.join(folder, name, file);
      await mkdir(path.dirname(to), { recursive: true });
      await writeFile(to, content);
    }
  }
}

// The tests are run as they stand, by Node itself, which checks no types.
for (const project of [here, path.join(here, 'test')]) {
  execFileSync(process.execPath, [path.join(here, 'node_modules/typescript/bin/tsc'), '--project', project], {
    stdio: 'inherit',
  });
}
