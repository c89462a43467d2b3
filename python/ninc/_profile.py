"""Where a model's time goes."""

from __future__ import annotations

import dataclasses
from typing import Any, Sequence

import numpy as np

from ._tables import Table


@dataclasses.dataclass(frozen=True, repr=False)
class Profile(Table):
    """Nanoseconds for one image, kernel by kernel."""

    model: str
    target: str
    names: tuple[str, ...]
    ops: tuple[str, ...]
    macs: tuple[int, ...]
    ns: np.ndarray[Any, Any]  #: [runs, kernels]

    @property
    def least(self) -> np.ndarray[Any, Any]:
        """The fastest of the runs, of each kernel: what to compare on one machine."""
        least: np.ndarray[Any, Any] = self.ns.min(axis=0)
        return least

    @property
    def total(self) -> float:
        """Nanoseconds of all kernels together, at their fastest."""
        return float(self.least.sum())

    def _title(self) -> str:
        return f"{self.model}, {self.target}: {self.total / 1e3:.1f} us an image, the least of {len(self.ns)} runs"

    def _headings(self) -> Sequence[str]:
        return "kernel", "us", "%", "median us", "GFLOP/s", "computes"

    def _rows(self) -> Sequence[Sequence[Any]]:
        medians = np.median(self.ns, axis=0)
        return [(name, f"{least / 1e3:.1f}", f"{100 * least / max(self.total, 1e-9):.1f}", f"{median / 1e3:.1f}",
                 f"{2 * macs / max(least, 1e-9):.1f}", op)
                for name, op, macs, least, median in zip(self.names, self.ops, self.macs, self.least, medians)]
