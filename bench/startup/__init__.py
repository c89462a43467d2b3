"""Start-up: from the start of a process to its first result, one image, one thread; and what that takes.

Each way of running a model is a small program that loads it, computes once and says so. The clock runs in the
parent, from before the process is made. Peers are started through their Python interfaces, so their times have the
interpreter and numpy inside; both are measured as well, and ninc twice, from Python and from C.
"""

import json
import pathlib
import statistics
import subprocess
import sys
import threading
import time

import engines

HERE = pathlib.Path(__file__).parent
HANGS_SECONDS = 60
HEADERS = HERE.parents[1] / "runtime"


def _start(command):
    """Seconds to the line that says that the result is there, and what the process told about itself."""
    start = time.perf_counter()
    with subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True) as process:
        killer = threading.Timer(HANGS_SECONDS, process.kill)
        killer.start()
        for line in process.stdout:  # some engines greet first
            if line == "done\n":
                seconds = time.perf_counter() - start
                killer.cancel()
                return seconds, json.loads(process.stdout.readline())
        killer.cancel()
        errors = process.stderr.read().strip().splitlines()
    raise RuntimeError(errors[-1] if errors else f"{command[0]} ended with {process.returncode}")


def _bytes_of(libraries, without):
    """On disk, of what a process mapped beyond the processes in `without`."""
    paths = map(pathlib.Path, set(libraries) - set(without))
    return sum(path.stat().st_size for path in paths if path.exists())


def _files(model):
    """Those beside `model` with its stem: OpenVINO and ncnn keep weights apart."""
    return model.parent.glob(f"{model.stem}.*")


def measure(network, models, rounds, folder):
    """A row for each way of starting; `models` is {engine: model file for batch 1}."""
    commands = {}
    if "ninc" in models:
        program = folder / "first_result"
        subprocess.run(["cc", "-O2", f"-I{HEADERS}", HERE / "first_result.c", "-o", program, "-ldl"], check=True)
        commands["ninc, from C"] = [program, models["ninc"]]
        commands["ninc, from Python"] = [sys.executable, HERE / "first_result_ninc.py", models["ninc"]]
    for name, path in models.items():
        if name != "ninc":
            commands[engines.NAMES[name]] = [sys.executable, HERE / "first_result.py", name, path, *network.input]
    commands["Python alone"] = [sys.executable, HERE / "nothing.py"]
    commands["Python with numpy"] = [sys.executable, HERE / "nothing.py", "numpy"]

    times, told, reasons = {way: [] for way in commands}, {}, {}
    for number in range(rounds + 1):
        for way in [way for way in commands if way not in reasons]:
            try:
                seconds, told[way] = _start(commands[way])
            except (RuntimeError, OSError) as error:
                reasons[way] = str(error)[:300]
                continue
            if number > 0:  # the first one reads files that the others find in memory
                times[way].append(seconds)

    baseline = told["Python with numpy"]["libraries"]
    rows = []
    for way in commands:
        row = {"network": network.name, "way": way}
        if way in reasons:
            rows.append({**row, "reason": reasons[way]})
            continue
        engine = next((name for name in models if way.split(",")[0] == engines.NAMES[name]), None)
        model_files = [str(path) for path in _files(pathlib.Path(models[engine]))] if engine else []
        row.update(min_ms=1e3 * min(times[way]), median_ms=1e3 * statistics.median(times[way]),
                   peak_bytes=told[way]["peak_bytes"],
                   model_bytes=sum(pathlib.Path(path).stat().st_size for path in model_files),
                   runtime_bytes=_bytes_of(told[way]["libraries"], [*baseline, *model_files]) if engine else 0,
                   **{key: told[way][key] for key in ("weight_bytes", "scratch_bytes") if key in told[way]})
        rows.append(row)
    return rows
