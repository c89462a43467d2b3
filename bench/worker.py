"""One engine in a process of its own: the side that runs there. engine_process.py is the other one.

    worker.py convert JOB      makes the engine's model file
    worker.py serve JOB        loads it and answers requests

JOB and all messages are JSON, one a line. Engines print what they like to standard output, so messages go to a
copy of it and the engine's own words to standard error.
"""

import ctypes
import gc
import json
import os
import pathlib
import resource
import signal
import sys
import time

import numpy as np

import catalog
import engines
from source import Source

PR_SET_PDEATHSIG = 1


def source_of(job):
    return Source(catalog.NETWORKS[job["network"]], job["batch"], job["ninc"], job["target"])


def convert(job, reply):
    source = source_of(job)
    start = time.perf_counter()
    path = engines.module(job["engine"]).convert(source, pathlib.Path(job["folder"]))
    seconds = time.perf_counter() - start
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    reply({"path": str(path), "seconds": seconds, "peak_bytes": 1024 * peak, "notes": source.notes})


def burst(run, seconds):
    """Durations of calls, as many as fit, after a tenth of the time without a watch: the engine's threads have
    slept and others have had the caches."""
    warm = time.perf_counter() + seconds / 10
    while True:
        run()
        if time.perf_counter() >= warm:
            break
    samples, end = [], time.perf_counter() + seconds
    while not samples or time.perf_counter() < end:
        start = time.perf_counter()
        run()
        samples.append(time.perf_counter() - start)
    return samples


def serve(job, reply):
    image = catalog.random_input(catalog.NETWORKS[job["network"]], job["batch"])
    engine = engines.module(job["engine"]).Engine(pathlib.Path(job["path"]), image, job["threads"])
    engine.run()
    reply({"ready": True})
    gc.disable()  # no collection inside a measurement
    for line in sys.stdin:
        request = json.loads(line)
        if "burst" in request:
            reply({"samples": burst(engine.run, request["burst"])})
        else:
            output = np.asarray(engine.output()).reshape(job["batch"], -1)
            reply({"output": output.astype(float).tolist()})
    engine.close()


def main():
    # A stopped process doesn't notice that its parent is gone.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    messages = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def reply(message):
        print(json.dumps(message), file=messages, flush=True)

    command, job = sys.argv[1], json.loads(sys.argv[2])
    try:
        {"convert": convert, "serve": serve}[command](job, reply)
    except Exception as error:  # whatever an engine raises is a result here
        reply({"error": f"{type(error).__name__}: {error}"})
        sys.exit(1)


if __name__ == "__main__":
    main()
