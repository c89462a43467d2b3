"""Whether others took the processors from a process while it was measured.

On a shared machine a neighbour's job makes any engine look slow, and most of all those that wait for their threads
in a loop. A measurement counts as disturbed if the process's threads waited for a core although they could run AND
processes other than it were busy meanwhile (an engine with more threads than cores waits for itself), or if the
hypervisor took time away.
"""

import os
import pathlib
import time

WAIT_SHARE = 0.02  # of the elapsed time, threads' waits added up
FOREIGN_CORES = 0.2  # busy with other processes; /proc/stat counts in hundredths of a second, so not much finer
STOLEN_CORES = 0.1

TICK = 1 / os.sysconf("SC_CLK_TCK")


class Watch:
    """Between start and stop, of a process whose threads stand still at both."""

    def __init__(self, pid):
        self._tasks = pathlib.Path(f"/proc/{pid}/task")
        self._start = self._now()

    def disturbed(self):
        elapsed, ran, waited, busy, stolen = (b - a for a, b in zip(self._start, self._now()))
        foreign = (busy - ran) / elapsed
        return (waited / elapsed > WAIT_SHARE and foreign > FOREIGN_CORES) or stolen / elapsed > STOLEN_CORES

    def _now(self):
        """Seconds: of the clock; that the threads ran and waited for a core; that all cores were busy, stolen."""
        ran = waited = 0
        for task in self._tasks.glob("*/schedstat"):
            try:
                run_ns, wait_ns, _ = map(int, task.read_text().split())
            except OSError:  # the thread has just ended
                continue
            ran, waited = ran + run_ns, waited + wait_ns
        cores = pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()
        user, nice, system, _, _, irq, softirq, steal = (TICK * int(ticks) for ticks in cores[1:9])
        return time.perf_counter(), 1e-9 * ran, 1e-9 * waited, user + nice + system + irq + softirq, steal
