/** Instances of the components. */

import { readFile } from 'node:fs/promises';
import { monotonicClock, systemClock } from '@bytecodealliance/preview3-shim/clocks';
import { types } from '@bytecodealliance/preview3-shim/http';
import { random } from '@bytecodealliance/preview3-shim/random';
import { client } from './client.js';
import { type ImportObject, type Root as Blobs, instantiate as instantiateBlobs } from './components/blobs/blobs.js';
import {
  type Root as Certificates,
  instantiate as instantiateCertificates,
} from './components/certificates/certificates.js';

if (!('Suspending' in WebAssembly)) {
  throw new Error(`ossicle needs Node 24 or later, for JSPI (this is ${process.version})`);
}

// jco asks for imports by their names alone, and declares them with versions.
const IMPORTS = {
  'wasi:clocks/monotonic-clock': monotonicClock,
  'wasi:clocks/system-clock': systemClock,
  'wasi:http/client': client,
  'wasi:http/types': types,
  'wasi:random/random': random,
} as unknown as ImportObject;

/** Compiled once, whatever number of instances there are. */
const modules = new Map<string, Promise<WebAssembly.Module>>();

function modulesOf(component: string): (name: string) => Promise<WebAssembly.Module> {
  return (name) => {
    const path = `./components/${component}/${name}`;
    let module = modules.get(path);
    if (module === undefined) {
      module = readFile(new URL(path, import.meta.url)).then((bytes) => WebAssembly.compile(bytes));
      modules.set(path, module);
    }
    return module;
  };
}

/** An instance of the component that keeps certificates. */
export async function certificates(): Promise<Certificates> {
  return instantiateCertificates(modulesOf('certificates'), IMPORTS);
}

/** An instance of the component that keeps blobs. */
export async function blobs(): Promise<Blobs> {
  return instantiateBlobs(modulesOf('blobs'), IMPORTS);
}
