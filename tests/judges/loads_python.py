"""Loads a value in Python's wasmtime once, and then many times by threads, each with an instance of its own.

    loads_python.py COMPONENT ENDPOINT BUCKET REGION ID SECRET ROOT KEY TIMES AT_ONCE

It prints a line when the first has come, with the seconds of it that compiling took, and one when all have.
"""

import sys
import time
from concurrent.futures import ThreadPoolExecutor

from python_storage import Certificates, Program, config

component, endpoint, bucket, region, identity, secret, root, key, times, at_once = sys.argv[1:]
begun = time.monotonic()
program = Program(component)
compiling = time.monotonic() - begun
storages = [Certificates(program, config(endpoint, bucket, region, (identity, secret), root)) for _ in range(int(at_once))]
storages[0].of("load", key)
print(compiling, flush=True)


def work(storage):
    for _ in range(int(times) // len(storages)):
        storage.of("load", key)


with ThreadPoolExecutor(len(storages)) as pool:
    list(pool.map(work, storages))
print("all", flush=True)
