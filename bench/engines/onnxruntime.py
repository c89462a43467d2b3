"""ONNX Runtime's CPU execution provider, with input and output bound so that a call copies neither."""

DISTRIBUTIONS = ("onnxruntime",)
SETTINGS = "CPUExecutionProvider, all graph optimizations and spinning on (its defaults), input and output bound"


def convert(source, folder):
    return source.write_onnx(folder).rename(folder / "model.onnx")


class Engine:
    def __init__(self, path, image, threads):
        import onnxruntime
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self._binding = session.io_binding()
        self._binding.bind_cpu_input("image", image)
        self._binding.bind_output("prob")
        self._session = session

    def run(self):
        self._session.run_with_iobinding(self._binding)

    def output(self):
        return self._binding.copy_outputs_to_cpu()[0]

    def close(self):
        pass
