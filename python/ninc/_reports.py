"""What `ninc verify`, `ninc tune` and `ninc show` find out."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import pathlib
import shutil
import subprocess
import tempfile
from typing import Any, Sequence

from . import _command
from ._errors import NincError, VerificationError
from ._model import Model, Path
from ._source import as_file, option_words
from ._tables import Table


@dataclasses.dataclass(frozen=True)
class Layer:
    """A value of the model, compared with the reference: the worst of all samples."""

    name: str
    shape: tuple[int, ...]
    max_reference: float  #: the largest magnitude that the reference has
    max_error: float
    bound: float  #: what rounding may cost, by analysis
    agrees: bool
    output: bool

    @property
    def share(self) -> float:
        """Of the bound, how much the error takes: beyond 1 it differs."""
        return self.max_error / self.bound if self.bound else float("inf") if self.max_error else 0.0


@dataclasses.dataclass(frozen=True, repr=False)
class Verification(Table):
    """A library held against the reference interpreter, layer by layer."""

    model: str
    target: str
    samples: int
    agrees: bool
    first_divergence: str | None
    layers: tuple[Layer, ...]

    def check(self) -> "Verification":
        """Itself; a VerificationError where a layer differs."""
        if not self.agrees:
            raise VerificationError(str(self))
        return self

    def _title(self) -> str:
        verdict = "all agree" if self.agrees else f"first divergence: {self.first_divergence}"
        return f"{self.model}, {self.target}, {self.samples} samples: {verdict}"

    def _headings(self) -> Sequence[str]:
        return "layer", "shape", "largest", "error", "bound", ""

    def _rows(self) -> Sequence[Sequence[Any]]:
        return [(layer.name + (" (output)" if layer.output else ""), list(layer.shape), f"{layer.max_reference:.4g}",
                 f"{layer.max_error:.3g}", f"{layer.bound:.3g}", "ok" if layer.agrees else "DIFFERS")
                for layer in self.layers]


def _verification(told: dict[str, Any]) -> Verification:
    return Verification(told["model"], told["target"], told["samples"], told["agrees"], told["first_divergence"],
                        tuple(Layer(**{**layer, "shape": tuple(layer["shape"])}) for layer in told["layers"]))


def verify(model: Any, compiled: Model | Path | None = None, *, samples: int = 3, seed: int | None = None,
           threads: int | None = None, **how: Any) -> Verification:
    """Compares a library, or without one what is compiled now, with the model on random inputs.

    Of a library of several versions (CPUs, sizes, groups of images) all that run here are compared, and each layer is
    told as it is at its worst. `how` is as for `compile`.
    """
    words = ["--samples", str(samples)]
    if seed is not None:
        words += ["--seed", str(seed)]
    threads = threads or (compiled._threads if isinstance(compiled, Model) else 1)
    library = [str(compiled.path if isinstance(compiled, Model) else os.fspath(compiled))] if compiled else []
    with as_file(model) as file:
        told = _command.run_json(["verify", file, *library, *words, *option_words(threads=threads, **how)],
                                 accepted=(0, 3))
    if "versions" not in told:
        return _verification(told)
    parts = [_verification(each) for each in told["versions"]]
    worst: dict[tuple[str, tuple[int, ...], bool], Layer] = {}
    for layer in (layer for part in parts for layer in part.layers):
        key = layer.name, layer.shape, layer.output
        if key not in worst or layer.share > worst[key].share:
            worst[key] = layer
    return Verification(told["model"], ", ".join(dict.fromkeys(part.target for part in parts)), parts[0].samples,
                        told["agrees"], next((part.first_divergence for part in parts if part.first_divergence), None),
                        tuple(worst.values()))


@dataclasses.dataclass(frozen=True, repr=False)
class Listing(Table):
    """A model's layers: `ninc show`."""

    model: str
    layers: tuple[dict[str, Any], ...]
    parameters: int
    macs: int
    outputs: tuple[str, ...]
    dot: str  #: the graph, as Graphviz reads it

    def graph(self) -> "Graph":
        """The graph as a picture, which a notebook shows. Needs Graphviz's program `dot`."""
        done = subprocess.run([_dot(), "-Tsvg"], input=self.dot, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NincError(f"dot can't draw the graph: {done.stderr.strip()}")
        return Graph(done.stdout)

    def _title(self) -> str:
        return f"{self.model}: {self.parameters:,} parameters, {self.macs:,} multiply-accumulates an image"

    def _headings(self) -> Sequence[str]:
        return "layer", "op", "shape", "parameters", "multiply-accumulates"

    def _rows(self) -> Sequence[Sequence[Any]]:
        return [(row["name"], row["op"], " ".join(str(shape) for shape in row["shapes"]), f"{row['parameters']:,}",
                 f"{row['macs']:,}") for row in self.layers]


@dataclasses.dataclass(frozen=True)
class Graph:
    """A picture of a model's graph."""

    svg: str

    def _repr_svg_(self) -> str:
        return self.svg

    def save(self, path: Path) -> None:
        """Writes the picture, an .svg."""
        pathlib.Path(path).write_text(self.svg)


def _dot() -> str:
    found = shutil.which("dot")
    if not found:
        raise NincError("drawing a graph needs Graphviz's `dot` on the PATH (the package graphviz); Listing.dot has its text")
    return found


def show(model: Any, **how: Any) -> Listing:
    """A model's layers with shapes, parameters and multiply-accumulates; `how` is as for `compile`."""
    words = option_words(**how)
    with as_file(model) as file, tempfile.TemporaryDirectory(prefix="ninc-") as folder:
        told = _command.run_json(["show", file, *words])
        drawing = pathlib.Path(folder) / "graph.dot"
        _command.run([file, "-o", str(drawing), *words])
        return Listing(told["model"], tuple(told["layers"]), told["parameters"], told["macs"], tuple(told["outputs"]),
                       drawing.read_text())


@dataclasses.dataclass(frozen=True, repr=False)
class Tuning(Table):
    """What a search for schedules has found."""

    cpu: str
    seconds: float
    finished: bool  #: nothing more helped; otherwise the time was up
    kernels: tuple[dict[str, Any], ...]  #: as `ninc tune --json` has them

    def _title(self) -> str:
        return f"{self.cpu}: {len(self.kernels)} kernels in {self.seconds:.0f} s" + (
            "" if self.finished else ", not all that there is to try")

    def _headings(self) -> Sequence[str]:
        return "kernel", "before, ms", "now, ms", "faster", "schedule"

    def _rows(self) -> Sequence[Sequence[Any]]:
        return [(kernel["name"], f"{kernel['default_ms']:.4f}", f"{kernel['tuned_ms']:.4f}", f"{kernel['speedup']:.2f}",
                 kernel["tuned_schedule"]) for kernel in self.kernels]


def tune(*models: Any, budget: str | float | None = None, database: Path | None = None, progress: bool = False,
         **how: Any) -> Tuning:
    """Measures schedules for these models on this machine, and keeps the best in the user's database or `database`.

    budget    "90s", "5m", or seconds; without it until nothing more helps
    progress  shows on stderr how far the search is

    Later compiles use what was found. `how` is as for `compile`.
    """
    words = option_words(**how)
    if budget is not None:
        words += ["--budget", budget if isinstance(budget, str) else f"{max(1, round(budget))}s"]
    if database is not None:
        words += ["--db", os.fspath(database)]
    with contextlib.ExitStack() as files:
        paths = [files.enter_context(as_file(model)) for model in models]
        told = _command.run_json(["tune", *paths, *words], shows=progress)
    return Tuning(told["cpu"], told["elapsed_s"], told["finished"], tuple(told["kernels"]))
