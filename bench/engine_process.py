"""One engine in a process of its own, from the outside: convert a model, serve it, measure bursts.

All engines of a comparison are alive at once, so that rounds can alternate, but at most one of them runs: the
others are stopped (SIGSTOP). Thread pools spin for a while when they have nothing to do, and one engine's must not
take the time of the next.
"""

import contextlib
import json
import pathlib
import select
import signal
import subprocess
import sys

from disturbance import Watch

WORKER = pathlib.Path(__file__).with_name("worker.py")
CONVERT_SECONDS = 600  # before a converter counts as hung; IREE takes most of a minute for a network
CALL_SECONDS = 60  # the same for loading a model, and for what a burst may take beyond its length


class EngineError(Exception):
    """What an engine couldn't do, in one line."""


class _Process:
    def __init__(self, command, job, log):
        self._log = log
        with open(log, "w") as errors:
            self._process = subprocess.Popen([sys.executable, str(WORKER), command, json.dumps(job)], text=True,
                                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors)

    def answer(self, seconds):
        ready, _, _ = select.select([self._process.stdout], [], [], seconds)
        line = self._process.stdout.readline() if ready else ""
        if line:
            message = json.loads(line)
            if "error" not in message:
                return message
            raise EngineError(self._one_line(message["error"]))
        if not ready:
            raise EngineError(f"no answer within {seconds:.0f} s")
        self._process.wait()
        raise EngineError(f"the process ended with {self._process.returncode}: {self._one_line(self._log.read_text())}")

    def ask(self, request, seconds):
        with contextlib.suppress(BrokenPipeError):  # its end is reported by answer
            print(json.dumps(request), file=self._process.stdin, flush=True)
        return self.answer(seconds)

    @property
    def pid(self):
        return self._process.pid

    def pause(self):
        self._process.send_signal(signal.SIGSTOP)

    def resume(self):
        self._process.send_signal(signal.SIGCONT)

    def end(self):
        """Ends it in order, so that it lets go of its threads, and by force if that takes too long."""
        self.resume()
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    @staticmethod
    def _one_line(text):
        lines = [line for line in text.strip().splitlines() if line.strip()]
        return lines[-1][:300] if lines else "no message"


def convert(job, folder):
    """{path, seconds, peak_bytes, notes} of the engine's model file, made in `folder`."""
    folder.mkdir()
    process = _Process("convert", {**job, "folder": str(folder)}, folder / "convert.log")
    try:
        return process.answer(CONVERT_SECONDS)
    finally:
        process.end()


class Server:
    """A loaded model, stopped except while it answers."""

    def __init__(self, job, log):
        self._process = _Process("serve", job, log)
        try:
            self._process.answer(CALL_SECONDS)
        except EngineError:
            self._process.end()
            raise
        self._process.pause()

    def burst(self, seconds):
        """Durations of calls in seconds, and whether others disturbed them."""
        watch = Watch(self._process.pid)
        samples = self._ask({"burst": seconds}, seconds)["samples"]
        return samples, watch.disturbed()

    def output(self):
        """What the last call computed, [batch][classes]."""
        return self._ask({"output": True}, 0)["output"]

    def end(self):
        self._process.end()

    def _ask(self, request, seconds):
        self._process.resume()
        try:
            return self._process.ask(request, CALL_SECONDS + 2 * seconds)
        finally:
            self._process.pause()
