"""What ONNX's own package has for trying a backend, and what ninc makes of it.

A case is a model with inputs and the outputs that it must give. Runs are compared with those, or with ONNX Runtime
where the weights had to be made anew (the `light` networks are published with constants for weights).
"""

import dataclasses
import pathlib
import subprocess
import tempfile

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper
from onnx.backend.test.loader import load_model_tests

onnxruntime.set_default_logger_severity(3)
KINDS = ["light", "pytorch-converted", "pytorch-operator", "simple", "node"]
# What ninc says of a model that it doesn't support; anything else is a failure.
REFUSALS = ["isn't supported", "aren't supported", "is supported", "are supported", "inputs are float", "outputs are floats",
            "must be known when the model is compiled", "known when the model is compiled", "a shape has 1 to 8 extents",
            "in training mode", "has functions of its own", "lie in the padding alone", "average_pool has no dilation",
            "is no tensor", "aren't read", "are neither one number nor"]


@dataclasses.dataclass
class Case:
    name: str
    kind: str
    model: onnx.ModelProto
    data: list  # of (inputs, outputs), both by name
    tolerance: tuple  # relative, absolute


@dataclasses.dataclass
class Outcome:
    case: str
    kind: str
    what: str  # passed, failed, skipped
    why: str = ""


def tensors(folder, kind):
    files = sorted(folder.glob(f"{kind}_*.pb"), key=lambda f: int(f.stem.split("_")[1]))
    return [onnx.load_tensor(f) for f in files]


def as_array(datum):
    """A case's datum, some of which are numbers alone, and some as a model's tensors are; what else there is stays."""
    if isinstance(datum, onnx.TensorProto):
        return numpy_helper.to_array(datum)
    return np.asarray(datum) if isinstance(datum, np.generic) else datum


def load(kind, test):
    """A case, or the reason why there is none."""
    if test.model is not None:
        model, sets = test.model, test.data_sets
    else:
        folder = pathlib.Path(test.model_dir)
        model = onnx.load(folder / "model.onnx")
        sets = []
        for data in sorted(folder.glob("test_data_set_*")):
            try:
                sets.append(tuple([numpy_helper.to_array(t) for t in tensors(data, kind)] for kind in ("input", "output")))
            except (TypeError, AttributeError):  # sequences and the like
                return "its data are no tensors"
    weights = {t.name for t in model.graph.initializer}
    fed = [i.name for i in model.graph.input if i.name not in weights]
    given = [o.name for o in model.graph.output]
    data = [(dict(zip(fed, map(as_array, inputs))), dict(zip(given, map(as_array, outputs)))) for inputs, outputs in sets]
    for inputs, outputs in data:
        for array in [*inputs.values(), *outputs.values()]:
            if not isinstance(array, np.ndarray):
                return "its data are no tensors"
    case = Case(test.name, kind, model, data, (test.rtol, max(test.atol, 1e-6)))
    return with_weights_known(case) if kind in ("node", "simple") else case


# Operators whose inputs are all alike; of others all but the first are weights, axes, bounds.
SYMMETRIC = {"Add", "Sub", "Mul", "Div", "Min", "Max", "Sum", "Mean", "Concat", "Less", "LessOrEqual", "Equal", "Greater",
             "GreaterOrEqual", "Where"}
# Operators that only known numbers go into.
OF_KNOWN = {"Range"}


def with_weights_known(case):
    """Node cases feed weights and shapes as inputs; a compiler wants to know them, so they become tensors of the model, as
    exporters write them."""
    graph = case.model.graph
    for inputs, _ in case.data[:1]:
        for feed in list(graph.input):
            places = [(node.op_type, node.input[:].index(feed.name)) for node in graph.node if feed.name in node.input]
            array = inputs.get(feed.name)
            if array is None or not places:
                continue
            is_weight = all((place > 0 and op not in SYMMETRIC) or op in OF_KNOWN for op, place in places)
            is_last = len(inputs) == 1 and not any(op in OF_KNOWN for op, _ in places)
            if array.dtype.kind not in "iub" and (is_last or not is_weight):
                continue
            graph.initializer.append(numpy_helper.from_array(array, feed.name))
            del inputs[feed.name]
            graph.input.remove(feed)
    case.data = case.data[:1]
    return case


def with_random_weights(model, seed):
    """Every weight of more than a few numbers anew, scaled so that activations stay as they are."""
    random = np.random.default_rng(seed)
    consumers = {}
    for node in model.graph.node:
        for i, name in enumerate(node.input):
            consumers.setdefault(name, (node.op_type, i))
    made = {}
    for node in list(model.graph.node):  # a shape and one number
        if node.op_type == "ConstantOfShape" and node.input[0] in {t.name for t in model.graph.initializer}:
            shape = next(numpy_helper.to_array(t) for t in model.graph.initializer if t.name == node.input[0])
            made[node.output[0]] = [int(x) for x in shape]
            model.graph.node.remove(node)
    for tensor in list(model.graph.initializer):
        if tensor.data_type == onnx.TensorProto.FLOAT and len(tensor.dims) > 0:
            made[tensor.name] = list(tensor.dims)
            model.graph.initializer.remove(tensor)
    for name, shape in made.items():
        op, place = consumers.get(name, ("", 0))
        if op == "BatchNormalization":
            low, high = {1: (0.8, 1.2), 2: (-0.1, 0.1), 3: (-0.1, 0.1), 4: (0.5, 1.5)}[place]
            array = random.uniform(low, high, shape)
        elif len(shape) > 1:
            fan_in = int(np.prod(shape[1:])) if op in ("Conv", "Gemm") else shape[0]
            array = random.normal(0, np.sqrt(2 / fan_in), shape)
        else:
            array = random.uniform(-0.1, 0.1, shape)
        model.graph.initializer.append(numpy_helper.from_array(array.astype(np.float32), name))
    return model


def random_case(name, kind, model, shapes, tolerance=(1e-3, 1e-6)):
    """A model with inputs at random, and what ONNX Runtime makes of them."""
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    random = np.random.default_rng(2)
    inputs = {}
    for each in session.get_inputs():
        shape = shapes.get(each.name) or [d if isinstance(d, int) and d > 0 else 1 for d in each.shape]
        inputs[each.name] = random.normal(0, 1, shape).astype(np.float32)
    names = [o.name for o in session.get_outputs()]
    return Case(name, kind, model, [(inputs, dict(zip(names, session.run(names, inputs))))], tolerance)


def cases(kinds):
    """All of those kinds, in order; (case or reason, name, kind)."""
    for kind in kinds:
        if kind == "light":
            folder = pathlib.Path(onnx.__file__).parent / "backend/test/data/light"
            for file in sorted(folder.glob("*.onnx")):
                yield (lambda file=file: random_case(file.stem, "light", with_random_weights(onnx.load(file), 1), {})), \
                    file.stem, kind
            continue
        for test in sorted(load_model_tests(kind=kind), key=lambda t: t.name):
            yield (lambda test=test, kind=kind: load(kind, test)), test.name, kind


def is_float(array):
    return array.dtype.kind == "f" or array.dtype.name == "bfloat16"


def as_library(array):
    """As a library has it, whose floats are f32: other floats by their value, booleans as 0 and 1."""
    return array.astype(np.float32) if is_float(array) or array.dtype == np.bool_ else array


def as_case(array, expected):
    """A library's output in the case's type: f32 rounded to its bits."""
    if is_float(expected) and array.dtype == np.float32:
        with np.errstate(over="ignore"):
            array = array.astype(expected.dtype)
    return as_library(array)


def tolerance_of(case, array):
    """Of few bits, the numbers on the way to an expected output were rounded to them, too."""
    rounding = {"float16": 2**-9, "bfloat16": 2**-6}.get(array.dtype.name, 0)
    return max(case.tolerance[0], rounding), max(case.tolerance[1], rounding)


def reason_beside(case):
    """Why a case is outside of what a compiler of float networks is for; empty if it isn't."""
    for inputs, outputs in case.data:
        for name, array in [*inputs.items(), *outputs.items()]:
            if not is_float(array) and not (name in outputs and array.dtype in (np.int64, np.bool_)):
                return f"'{name}' is of {array.dtype}"
            if array.size == 0:
                return f"'{name}' is empty"
    return ""


def shape_options(case):
    options = []
    for name, array in case.data[0][0].items():
        if array.ndim:
            options += ["--shape", f"{name}={'x'.join(map(str, array.shape))}"]
    return options


def difference(got, expected, tolerance):
    """How the outputs differ beyond the tolerance; empty if they don't."""
    if got.size != expected.size:
        return f"{got.shape} for {expected.shape}"
    got = got.reshape(expected.shape)
    if got.dtype != expected.dtype:
        return f"{got.dtype} for {expected.dtype}"
    relative, absolute = tolerance if got.dtype.kind == "f" else (0, 0)
    allowed = absolute + relative * np.maximum(np.abs(expected), np.max(np.abs(expected), initial=0) * 0.1)
    with np.errstate(invalid="ignore"):
        wrong = ~((np.abs(got - expected) <= allowed) | (got == expected) | (np.isnan(got) & np.isnan(expected)))
    if not wrong.any():
        return ""
    worst = np.abs(np.where(wrong, got - expected, 0)).max()
    return f"{wrong.sum()} of {wrong.size} numbers differ, by up to {worst:.3g} of {np.abs(expected).max():.3g}"


def try_case(ninc, case, environment, extra=(), timeout=600):
    """Imports, compiles, runs, compares."""
    why = reason_beside(case)
    if why:
        return Outcome(case.name, case.kind, "skipped", why)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        file = folder / "case.onnx"
        onnx.save(case.model, file)
        for inputs, outputs in case.data[:1]:
            arguments = [ninc, "run", file, *extra, *shape_options(case)]
            for i, (name, array) in enumerate(inputs.items()):
                np.save(folder / f"in{i}.npy", as_library(array))
                arguments += ["--input", f"{name}={folder}/in{i}.npy"]
            for i, name in enumerate(outputs):
                arguments += ["--output", f"{name}={folder}/out{i}.npy"]
            done = subprocess.run(list(map(str, arguments)), capture_output=True, text=True, timeout=timeout,
                                  env=environment)
            if done.returncode != 0:
                said = done.stderr.replace(str(file), "").strip()
                refused = done.returncode == 1 and any(text in said for text in REFUSALS)
                return Outcome(case.name, case.kind, "skipped" if refused else "failed",
                               next((line for line in said.splitlines() if "error" in line), said)[:200])
            for i, (name, expected) in enumerate(outputs.items()):
                got = as_case(np.load(folder / f"out{i}.npy"), expected)
                wrong = difference(got, as_library(expected), tolerance_of(case, expected))
                if wrong:
                    return Outcome(case.name, case.kind, "failed", f"'{name}': {wrong}")
    return Outcome(case.name, case.kind, "passed")
