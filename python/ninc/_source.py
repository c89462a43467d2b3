"""Models as Python has them, as files that the compiler reads, and options as its words."""

from __future__ import annotations

import contextlib
import os
import pathlib
import tempfile
from typing import Any, Iterator, Mapping, Sequence, Tuple, Union

from ._errors import NincError

Batch = Union[int, Tuple[int, int]]
Shape = Sequence[int]
Shapes = Mapping[str, Union[Shape, Sequence[Shape]]]


@contextlib.contextmanager
def as_file(model: Any) -> Iterator[str]:
    """The path of a model: a path, an `onnx.ModelProto`, its bytes, or a .nin text (a string of several lines)."""
    if isinstance(model, (str, os.PathLike)) and "\n" not in str(model):
        yield os.fspath(model)
        return
    if hasattr(model, "SerializeToString"):
        model = model.SerializeToString()
    if isinstance(model, str):
        name, data = "model.nin", model.encode()
    elif isinstance(model, (bytes, bytearray, memoryview)):
        name, data = "model.onnx", bytes(model)
    else:
        raise TypeError(f"a model is a path, an onnx.ModelProto, its bytes or a .nin text, not {type(model).__name__}")
    with tempfile.TemporaryDirectory(prefix="ninc-") as folder:
        path = pathlib.Path(folder) / name
        path.write_bytes(data)
        try:
            yield str(path)
        except NincError as error:  # whoever gave a text knows no such file
            error.args = tuple(str(word).replace(str(path), name) for word in error.args)
            raise


def batch_word(batch: Batch) -> str:
    """`16` is so many images a run, `(1, 16)` any number up to 16."""
    if isinstance(batch, int):
        return str(batch)
    least, most = batch
    if least != 1:
        raise ValueError(f"a range of images begins with 1, not {least}: batch=(1, {most})")
    return f"1..{most}"


def _shape_word(shape: Shape) -> str:
    return "x".join(str(int(extent)) for extent in shape)


def shape_words(shapes: Shapes) -> list[str]:
    """Of `{"image": (1, 3, 224, 224)}`, or of several sizes, `{"image": [(1, 3, 224, 224), (1, 3, 320, 320)]}`."""
    words = []
    for name, value in shapes.items():
        several = value if value and not isinstance(value[0], int) else [value]
        words += ["--shape", f"{name}={','.join(_shape_word(shape) for shape in several)}"]  # type: ignore[arg-type]
    return words


def option_words(*, target: str | None = None, batch: Batch | None = None, shapes: Shapes | None = None,
                 outputs: Sequence[str] | None = None, weights: str | os.PathLike[str] | None = None,
                 precision: str | None = None, exact: bool = False, threads: int | None = None,
                 jobs: int | None = None, database: str | os.PathLike[str] | bool | None = None,
                 options: Sequence[str] = ()) -> list[str]:
    """The compiler's words for what `compile` and the others are asked for."""
    words: list[str] = []
    for name, value in (("--target", target), ("--precision", precision), ("--threads", threads), ("--jobs", jobs),
                        ("--weights", weights)):
        if value is not None:
            words += [name, str(value)]
    if batch is not None:
        words += ["--batch", batch_word(batch)]
    if shapes:
        words += shape_words(shapes)
    if outputs:
        words += ["--outputs", ",".join(outputs)]
    if exact:
        words.append("--exact")
    if database is False:
        words.append("--no-db")
    elif database not in (None, True):
        words += ["--db", str(database)]
    return [*words, *options]
