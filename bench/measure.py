"""Times of all engines on one network: outputs compared first, then bursts in rounds that alternate.

A configuration is (network, batch, threads). An engine that can't be had, fails or computes something else gets a
row that says so.
"""

import json
import statistics
import subprocess
import time

import numpy as np

import engine_process
import engines
import packages
from engine_process import EngineError

TOLERANCE = 1e-4  # the largest difference between probabilities, as a share of the largest of them
REFERENCE = "onnxruntime"
PEAK_SECONDS = 0.1  # of ninc bench beside each round; it measures the peak before and after


RETRY_SECONDS = 2  # between bursts that others disturb


class Patience:
    """Seconds that a whole run may spend on repeating what others disturbed."""

    def __init__(self, seconds):
        self._left = seconds

    def burst(self, server, seconds):
        """(durations, disturbed) of a burst: of the first one that nobody disturbed, while there is patience."""
        start = time.perf_counter()
        samples, disturbed = server.burst(seconds)
        while disturbed and self._left > 0:
            time.sleep(RETRY_SECONDS)
            samples, disturbed = server.burst(seconds)
            self._left -= time.perf_counter() - start
            start = time.perf_counter()
        return samples, disturbed


class NincDiffers(Exception):
    """A compiled model that doesn't agree with the reference: nothing measured of it would mean anything."""


class Comparison:
    """One network and batch: every engine's model file, made once for all numbers of threads."""

    def __init__(self, names, network, batch, folder, ninc, target):
        self.network, self.batch, self.folder, self.ninc = network, batch, folder, ninc
        self.converted, self.reasons = {}, {}
        for name in dict.fromkeys([*names, REFERENCE]):
            absent = packages.missing(name)
            if absent:
                self.reasons[name] = f"not installed: {', '.join(absent)}"
                continue
            try:
                self.converted[name] = engine_process.convert(
                    {"engine": name, "network": network.name, "batch": batch, "ninc": ninc, "target": target},
                    folder / name)
            except EngineError as error:
                self.reasons[name] = f"conversion failed: {error}"
        self.names = names
        server = self._server(REFERENCE, 1)
        self.reference = np.array(server.output())
        server.end()

    def _server(self, name, threads):
        if name not in self.converted:
            raise EngineError(self.reasons[name])
        return engine_process.Server({"engine": name, "network": self.network.name, "batch": self.batch,
                                      "path": self.converted[name]["path"], "threads": threads},
                                     self.folder / f"{name}-{threads}.log")

    def _difference(self, server):
        return float(np.abs(np.array(server.output()) - self.reference).max() / self.reference.max())

    def measure(self, threads, rounds, seconds, patience):
        """A row an engine, and the best peak of multiply-adds measured beside them, in GFLOP/s."""
        rows = {name: self._row(name, threads) for name in self.names}
        servers, samples, peaks = {}, {}, []
        try:
            for name in self.names:
                try:
                    servers[name] = self._server(name, threads)
                    self._compare(rows[name], servers[name])
                except EngineError as error:
                    rows[name].update(status="failed", reason=str(error))
                if rows[name]["status"] != "ok" and name in servers:
                    servers.pop(name).end()
            for number in range(rounds):
                order = list(servers)
                shift = number % len(order) if order else 0
                for name in order[shift:] + order[:shift]:
                    try:
                        samples.setdefault(name, []).append(patience.burst(servers[name], seconds))
                    except EngineError as error:
                        rows[name].update(status="failed", reason=str(error))
                        servers.pop(name).end()
                peaks += self._peak(threads)
            for name, server in servers.items():
                self._compare(rows[name], server)
        finally:
            for server in servers.values():
                server.end()
        for name, row in rows.items():
            if row["status"] == "ok":
                row.update(self._statistics(samples[name]))
        return list(rows.values()), max(peaks, default=None)

    def _row(self, name, threads):
        row = {"network": self.network.name, "batch": self.batch, "threads": threads, "engine": name,
               "status": "ok"}
        if name in self.converted:
            row.update(convert_seconds=self.converted[name]["seconds"],
                       convert_peak_bytes=self.converted[name]["peak_bytes"],
                       convert_notes=self.converted[name]["notes"])
        return row

    def _compare(self, row, server):
        row["difference"] = self._difference(server)
        if not row["difference"] <= TOLERANCE:
            row.update(status="differs", reason=f"outputs differ by {row['difference']:.3g} of the largest")
            if row["engine"] == "ninc":
                raise NincDiffers(f"{row['network']}, batch {row['batch']}, {row['threads']} threads: ninc's "
                                  f"probabilities differ from {engines.NAMES[REFERENCE]}'s by "
                                  f"{row['difference']:.3g} of the largest (allowed: {TOLERANCE:g})")

    def _statistics(self, bursts):
        """Milliseconds an image over all calls of the bursts that nobody disturbed, if there are any; and each
        burst's median, which shows how steady they were."""
        scale = 1e3 / self.batch
        used = [samples for samples, disturbed in bursts if not disturbed]
        quiet = bool(used)
        used = used or [samples for samples, _ in bursts]
        calls = [sample for samples in used for sample in samples]
        return {"min_ms": scale * min(calls), "median_ms": scale * statistics.median(calls), "calls": len(calls),
                "burst_median_ms": [scale * statistics.median(samples) for samples in used], "quiet": quiet,
                "disturbed_bursts": sum(disturbed for _, disturbed in bursts)}

    def _peak(self, threads):
        if "ninc" not in self.converted:
            return []
        done = subprocess.run([self.ninc, "bench", self.converted["ninc"]["path"], "--json", "--threads",
                               str(threads), "--seconds", str(PEAK_SECONDS)], capture_output=True, text=True)
        return [json.loads(done.stdout)["peak_gflops"]] if done.returncode == 0 else []
