"""OpenVINO's CPU plugin, from its own model format.

Where the CPU has bfloat16 or float16 arithmetic the plugin lowers f32 models to it, unless the precision is set.
Threads aren't pinned: on a shared machine pinning to a busy core would cost it.
"""

DISTRIBUTIONS = ("openvino",)
SETTINGS = ("INFERENCE_PRECISION_HINT f32, EXECUTION_MODE_HINT ACCURACY, PERFORMANCE_HINT LATENCY, NUM_STREAMS 1, "
            "no pinning; IR with f32 weights")


def convert(source, folder):
    import openvino
    path = folder / "model.xml"
    openvino.serialize(openvino.Core().read_model(str(source.write_onnx(folder))), str(path))
    return path


class Engine:
    def __init__(self, path, image, threads):
        import openvino
        compiled = openvino.Core().compile_model(str(path), "CPU", {
            "INFERENCE_PRECISION_HINT": "f32", "EXECUTION_MODE_HINT": "ACCURACY", "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1, "ENABLE_CPU_PINNING": False})
        precision = compiled.get_property("INFERENCE_PRECISION_HINT").get_type_name()
        if precision != "f32":
            raise RuntimeError(f"OpenVINO computes in {precision}, not in f32")
        self._request = compiled.create_infer_request()
        self._request.set_input_tensor(openvino.Tensor(image, shared_memory=True))

    def run(self):
        self._request.start_async()
        self._request.wait()

    def output(self):
        return self._request.get_output_tensor().data

    def close(self):
        pass
