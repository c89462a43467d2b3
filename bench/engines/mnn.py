"""MNN's CPU backend, a model from its own converter."""

DISTRIBUTIONS = ("MNN",)
SETTINGS = ("precision high (f32), power high, session API, a call copies its input in; the wheel has no AVX-512 code "
            "(MNN_AVX512 is off by default in its build), so a build with it may be faster than this")


def convert(source, folder):
    # The converter's extension module itself: the command around it, mnnconvert, installs a telemetry package
    # with whatever pip comes first in PATH.
    import _tools
    path = folder / "model.mnn"
    _tools.mnnconvert(["mnnconvert", "-f", "ONNX", "--modelFile", str(source.write_onnx(folder)), "--MNNModel",
                       str(path), "--bizCode", "bench"])
    return path


class Engine:
    def __init__(self, path, image, threads):
        import MNN
        self._interpreter = MNN.Interpreter(str(path))
        self._session = self._interpreter.createSession({
            "backend": "CPU", "numThread": threads, "precision": "high", "power": "high"})
        self._input = self._interpreter.getSessionInput(self._session)
        self._bound = MNN.Tensor(image.shape, MNN.Halide_Type_Float, image, MNN.Tensor_DimensionType_Caffe)
        self._output = self._interpreter.getSessionOutput(self._session)

    def run(self):
        # The memory of a session's input is used again for other maps, so a call begins with a copy.
        self._input.copyFrom(self._bound)
        self._interpreter.runSession(self._session)

    def output(self):
        return self._output.getNumpyData()

    def close(self):
        pass
