"""Compiled models: loading and calling them."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import shutil
import tempfile
import weakref
from typing import Any, Mapping, Sequence, Union

import numpy as np

from . import _command, _native
from ._profile import Profile
from ._source import Batch, Shapes, as_file, option_words

Path = Union[str, "os.PathLike[str]"]
Array = np.ndarray[Any, Any]
Result = Union[Array, "dict[str, Array]"]


@dataclasses.dataclass(frozen=True)
class Tensor:
    """An input or output: `shape` is of one image, without the batch; of several sizes, of the first."""

    name: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    shapes: tuple[tuple[int, ...], ...]  #: of each size
    original_name: str  #: what the model's file calls it


@dataclasses.dataclass(frozen=True)
class Kernel:
    """One step of the model: what it computes and by which schedule, for one image."""

    name: str
    op: str
    schedule: str
    macs: int
    bytes: int


class _Folder:
    """A temporary folder that goes with the last reference; never with a forked child's, since the parent uses it."""

    def __init__(self) -> None:
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="ninc-"))
        weakref.finalize(self, self._remove, self.path, os.getpid())

    @staticmethod
    def _remove(path: pathlib.Path, owner: int) -> None:
        if os.getpid() == owner:
            shutil.rmtree(path, ignore_errors=True)


class Model:
    """A compiled model, ready to run. Made by `compile` and `load`.

    Any number of threads may call one model at once: each call has scratch of its own, and lets go of the
    interpreter's lock while the model runs. After a fork a child may go on calling it.
    """

    def __init__(self, file: Path, threads: int = 1, *, keeps: _Folder | None = None) -> None:
        self._file = pathlib.Path(file).resolve()
        self._threads = threads
        self._keeps = keeps  # what goes with the file: a temporary folder
        self._library = _native.Library(self._file, threads)
        described = self._library.describe()
        self._described = described
        sizes = described["sizes"]
        self._sizes: int = len(sizes)
        self._least: int = described["least_batch"]  # images a run, at least and at most
        self._most: int = described["batch"]
        names = described["original_names"]

        def tensors(kind: str, first: int) -> tuple[Tensor, ...]:
            return tuple(
                Tensor(each["name"], np.dtype(each["dtype"]), each["shape"],
                       tuple(size[kind][i]["shape"] for size in sizes), names[first + i] if names else each["name"])
                for i, each in enumerate(sizes[0][kind]))

        self.inputs: tuple[Tensor, ...] = tensors("inputs", 0)  #: what it reads, in order
        self.outputs: tuple[Tensor, ...] = tensors("outputs", len(self.inputs))  #: what it computes, in order
        self.kernels: tuple[Kernel, ...] = tuple(Kernel(**each) for each in described["kernels"])
        self._positions = {name: i for i, each in enumerate(self.inputs) for name in (each.original_name, each.name)}
        self._results = {name: i for i, each in enumerate(self.outputs) for name in (each.original_name, each.name)}

    # ---- What it is.

    @property
    def name(self) -> str:
        """As its functions in the library begin."""
        return str(self._described["name"])

    @property
    def target(self) -> str:
        """The CPU level whose code runs here: "x86-64-v4"."""
        return str(self._described["target"])

    @property
    def targets(self) -> tuple[str, ...]:
        """All that the library has code for, the best first."""
        return tuple(self._described["targets"].split(","))

    @property
    def batch(self) -> Batch:
        """Images a run: a number, or `(1, most)`."""
        return self._most if self._least == self._most else (self._least, self._most)

    @property
    def path(self) -> pathlib.Path:
        """The library's file, which is a temporary one until `save`."""
        return self._file

    def __repr__(self) -> str:
        tensors = [", ".join(f"{t.name} {t.dtype}{list(t.shape)}" for t in each) for each in (self.inputs, self.outputs)]
        batch = self.batch if isinstance(self.batch, int) else "..".join(map(str, self.batch))
        return f"<ninc.Model {self.name}: {tensors[0]} -> {tensors[1]}; {batch} a run, {self.target}>"

    # ---- Running it.

    def __call__(self, *arrays: Any, **named: Any) -> Result:
        """The outputs for these inputs, in order or by name: an array, or of several outputs a dictionary.

        An array has the shape of one image, or one dimension more in front for several images; so have the results,
        which own their memory. Arrays of float32 in C order are read where they are. Others are converted; a dtype that
        would lose something (complex numbers, objects, text) is a TypeError, a shape that no size of the model has a
        ValueError. Of more images than a run takes, there are several runs.
        """
        if not named:
            results = self._library.try_run(arrays)
            if results is not None:
                return results[0] if len(results) == 1 else self._by_name(results)
        return self._call_slowly(arrays, named)

    def run(self, *, out: Mapping[str, Array], **named: Any) -> None:
        """Computes into arrays of the caller's, and allocates nothing: one run, float32 (or as `outputs` says) in C order.

        Names that are no identifiers of Python go into a dictionary: `run(**{"data:0": x}, out={"prob:0": y})`.
        """
        arrays = self._in_order((), named)
        missing = [t.name for i, t in enumerate(self.outputs) if i not in {self._result(name) for name in out}]
        if missing:
            raise TypeError(f"out has no array for {', '.join(missing)}")
        results = tuple(array for _, array in sorted((self._result(name), array) for name, array in out.items()))
        if self._library.try_run_into(arrays, results):
            return
        self._explain(arrays, results)

    def profile(self, n: int = 100, *, images: int | None = None, size: int = 0) -> Profile:
        """Times `n` runs kernel by kernel, on ones; `images` a run, by default as many as it takes."""
        images = self._most if images is None else images
        if not self._least <= images <= self._most or not 0 <= size < self._sizes or n < 1:
            raise ValueError(f"the model runs {self._least} to {self._most} images in {self._sizes} sizes, "
                             f"n is at least 1")
        counters = np.array(self._library.profile(size, images, n), np.float64) / images
        return Profile(self.name, self.target, tuple(k.name for k in self.kernels), tuple(k.op for k in self.kernels),
                       tuple(k.macs for k in self.kernels), counters)

    # ---- Keeping it.

    def save(self, path: Path) -> None:
        """Copies the library, its header, and its weights if they are in a file, to where `path` says (a .so)."""
        path = pathlib.Path(path)
        if path.suffix != ".so":
            raise ValueError(f"a library is a .so, not '{path.name}'")
        for suffix in (".so", ".h", ".weights"):
            if (beside := self._file.with_suffix(suffix)).exists():
                _put(beside, path.with_suffix(suffix))

    def __reduce__(self) -> Any:
        if self._keeps is None:
            return load, (str(self._file), self._threads)
        weights = self._file.with_suffix(".weights")
        return _from_bytes, (self._file.name, self._file.read_bytes(),
                             weights.read_bytes() if weights.exists() else None, self._threads)

    # ---- Inputs that need a closer look.

    def _by_name(self, results: Sequence[Array]) -> dict[str, Array]:
        return {tensor.name: result for tensor, result in zip(self.outputs, results)}

    def _result(self, name: str) -> int:
        if name not in self._results:
            raise TypeError(f"the model has no output '{name}', but {', '.join(t.name for t in self.outputs)}")
        return self._results[name]

    def _in_order(self, arrays: tuple[Any, ...], named: Mapping[str, Any]) -> tuple[Any, ...]:
        wanted = ", ".join(tensor.name for tensor in self.inputs)
        if len(arrays) > len(self.inputs):
            raise TypeError(f"the model has {len(self.inputs)} inputs ({wanted}), {len(arrays)} were given")
        placed: dict[int, Any] = dict(enumerate(arrays))
        for name, array in named.items():
            if name not in self._positions:
                raise TypeError(f"the model has no input '{name}', but {wanted}")
            if self._positions[name] in placed:
                raise TypeError(f"input '{name}' is given twice")
            placed[self._positions[name]] = array
        missing = [tensor.name for i, tensor in enumerate(self.inputs) if i not in placed]
        if missing:
            raise TypeError(f"no array for {', '.join(missing)}")
        return tuple(placed[i] for i in range(len(self.inputs)))

    def _call_slowly(self, arrays: tuple[Any, ...], named: Mapping[str, Any]) -> Result:
        given = tuple(_converted(array, tensor) for array, tensor in zip(self._in_order(arrays, named), self.inputs))
        count, has_images = self._images(given)
        if not has_images:
            given = tuple(array[np.newaxis] for array in given)
        if count % self._least != 0:
            raise ValueError(f"the model runs {self._least} images at a time; {count} are no multiple")
        parts = []
        for start in range(0, count, self._most):
            part = self._library.try_run(tuple(array[start:start + self._most] for array in given))
            assert part is not None, "an array that was converted isn't what the model reads"
            parts.append(part)
        results = parts[0] if len(parts) == 1 else [np.concatenate(each) for each in zip(*parts)]
        if not has_images:
            results = [result[0] for result in results]
        return results[0] if len(results) == 1 else self._by_name(results)

    def _images(self, arrays: Sequence[Array]) -> tuple[int, bool]:
        """How many there are, and whether in a dimension of their own; a ValueError for what fits no size."""
        for size in range(self._sizes):
            shapes = [tensor.shapes[size] for tensor in self.inputs]
            if all(array.shape == shape for array, shape in zip(arrays, shapes)):
                return 1, False
            counts = {array.shape[:1] for array in arrays}
            if len(counts) == 1 and all(array.shape[1:] == shape for array, shape in zip(arrays, shapes)):
                count = arrays[0].shape[0] if arrays[0].ndim else 0
                if count == 0:
                    raise ValueError("there are no images in the arrays")
                return count, True
        wanted = "; or ".join(", ".join(f"{t.name} {_shape(t.shapes[size])}" for t in self.inputs)
                              for size in range(self._sizes))
        given = ", ".join(f"{tensor.name} {_shape(array.shape)}" for tensor, array in zip(self.inputs, arrays))
        raise ValueError(f"the model reads {wanted}, with or without a dimension for images in front; not {given}")

    def _explain(self, arrays: Sequence[Any], results: Sequence[Any]) -> None:
        """Why a run without allocation isn't one."""
        for array, tensor in [*zip(arrays, self.inputs), *zip(results, self.outputs)]:
            if not isinstance(array, np.ndarray):
                raise TypeError(f"{tensor.name} is a {type(array).__name__}; run takes NumPy arrays (m(...) converts others)")
            if array.dtype != tensor.dtype or not array.flags.c_contiguous or not array.flags.aligned:
                raise TypeError(f"{tensor.name} is {array.dtype}{'' if array.flags.c_contiguous else ', not in C order'}; run takes "
                                f"{tensor.dtype} in C order as it is (m(...) converts others)")
        for array, tensor in zip(results, self.outputs):
            if not array.flags.writeable:
                raise TypeError(f"the array for {tensor.name} is read-only")
        count, has_images = self._images(arrays)
        if not self._least <= count <= self._most:
            raise ValueError(f"a run has {self._least} to {self._most} images, not {count} (m(...) makes several runs)")
        raise ValueError("out must have " + ", ".join(
            f"{t.name} {'[' + str(count) + ', ' if has_images else '['}..., of one image {_shape(t.shape)}" for t in self.outputs))


def _put(source: pathlib.Path, path: pathlib.Path) -> None:
    """A copy that appears whole: a library that some process has loaded must not change under it."""
    with tempfile.NamedTemporaryFile(prefix=path.name, dir=path.parent, delete=False) as part:
        try:
            with source.open("rb") as file:
                shutil.copyfileobj(file, part)
            os.chmod(part.name, source.stat().st_mode)
            os.replace(part.name, path)
        except BaseException:
            os.unlink(part.name)
            raise


def _shape(shape: Sequence[int]) -> str:
    return "[" + ", ".join(map(str, shape)) + "]"


def _converted(array: Any, tensor: Tensor) -> Array:
    """As the model reads it: in C order, of the tensor's dtype. A TypeError for what that would make something else of."""
    if not isinstance(array, np.ndarray):
        if hasattr(array, "__dlpack__") and not hasattr(array, "__array__"):
            array = np.from_dlpack(array)
        else:
            array = np.asarray(array)
    if array.dtype == tensor.dtype:
        return np.require(array, requirements=["C", "A"])
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{tensor.name} is of {array.dtype}; give real numbers: np.asarray(x, np.{tensor.dtype})")
    if tensor.dtype.kind in "iu" and not np.can_cast(array.dtype, tensor.dtype):
        raise TypeError(f"{tensor.name} is of {array.dtype}, the model reads {tensor.dtype}: convert it so that nothing is "
                        f"lost, as in np.rint(x).astype(np.{tensor.dtype})")
    return np.require(array, tensor.dtype, ["C", "A"])


def load(path: Path, threads: int = 1) -> Model:
    """A library that `ninc` has made. Its runs use `threads` threads."""
    if not os.path.exists(path):
        raise FileNotFoundError(f"there is no library '{os.fspath(path)}'")
    return Model(path, threads)


def _from_bytes(name: str, library: bytes, weights: bytes | None, threads: int) -> Model:
    folder = _Folder()
    path = folder.path / name
    path.write_bytes(library)
    if weights is not None:
        path.with_suffix(".weights").write_bytes(weights)
    return Model(path, threads, keeps=folder)


def compile(model: Any, *, target: str = "host", batch: Batch | None = None, shapes: Shapes | None = None,
            outputs: Sequence[str] | None = None, weights: Path | None = None, precision: str = "f32",
            exact: bool = False, threads: int = 1, jobs: int | None = None,
            database: Path | bool | None = None, options: Sequence[str] = ()) -> Model:
    """Compiles a model: a path (.onnx, .nin, .prototxt), an `onnx.ModelProto`, its bytes, or a .nin text.

    target    "host", "x86-64-v3", several with commas; one of them must run here
    batch     images a run: a number, or `(1, most)` for any; without it what the file says, or 1
    shapes    extents that the file leaves open, `{"image": (1, 3, 224, 224)}`; a list of shapes makes as many sizes
    outputs   values to compute instead of the file's outputs
    weights   a .caffemodel or .safetensors, if the model doesn't name it
    precision "f32"
    exact     sums as they are written, no Winograd transforms
    threads   that its runs use
    jobs      kernels compiled at once; all cores without it
    database  of tuned schedules: a file, the user's own (None), or False for none
    options   anything else, as `ninc` takes it

    Raises CompileError with the compiler's diagnostics.
    """
    folder = _Folder()
    with as_file(model) as file:
        library = folder.path / (pathlib.Path(file).stem + ".so")
        _command.run([file, "-o", str(library),
                      *option_words(target=target, batch=batch, shapes=shapes, outputs=outputs, weights=weights,
                                    precision=precision, exact=exact, threads=threads, jobs=jobs, database=database,
                                    options=options)])
    return Model(library, threads, keeps=folder)
