"""ncnn, from its own model format, written here: a chain of convolutions with their activations fused.

ncnn has no batches: images of a batch run one after the other, each with all threads.
"""

DISTRIBUTIONS = ("ncnn",)
SETTINGS = ("fp16 and bf16 off, packed layout, Winograd and sgemm on (its defaults), activations fused; images of a "
            "batch one after the other")

MAGIC = "7767517"
F32 = bytes(4)  # in front of a convolution's weights: they are stored as they are


def convert(source, folder):
    stages, weights = source.chain()
    channels, rows, columns = source.network.input
    layers, blobs, value = [f"Input image 0 1 image 0={columns} 1={rows} 2={channels}"], [], "image"

    def append(kind, name, parameters):
        nonlocal value
        layers.append(f"{kind} {name} 1 1 {value} {name} {parameters}")
        value = name

    for name, stage in zip(source.network.tensor_names(), stages):
        for i, outputs in enumerate(stage.channels):
            kernel, stride, pad = (stage.kernel, stage.stride, stage.pad) if i == 0 else (1, 1, 0)
            weight, bias = (weights[f"{name}.{i}.{kind}"] for kind in ("weight", "bias"))
            # 5=1: with a bias; 9=1: ReLU behind it.
            append("Convolution", f"{name}.{i}",
                   f"0={outputs} 1={kernel} 3={stride} 4={pad} 5=1 6={weight.size} 9=1")
            blobs += [F32, weight.tobytes(), bias.tobytes()]
        if stage.pool:
            append("Pooling", f"{name}.pool", "0=0 1=3 2=2 5=0")  # max; 5=0: sizes rounded up
    append("Pooling", "average", "0=1 4=1")  # average; 4=1: over the whole map
    append("Softmax", "prob", "0=0 1=1")
    path = folder / "model.param"
    path.write_text("\n".join([MAGIC, f"{len(layers)} {len(layers)}", *layers]) + "\n")
    path.with_suffix(".bin").write_bytes(b"".join(blobs))
    return path


class Engine:
    def __init__(self, path, image, threads):
        import ncnn
        self._net = ncnn.Net()
        options = self._net.opt
        options.num_threads = threads
        options.use_fp16_packed = options.use_fp16_storage = options.use_fp16_arithmetic = False
        options.use_bf16_packed = options.use_bf16_storage = False
        if self._net.load_param(str(path)) or self._net.load_model(str(path.with_suffix(".bin"))):
            raise RuntimeError("ncnn couldn't load its model")
        self._bound = image
        self._images = [ncnn.Mat(one) for one in image]  # views
        self._outputs = [None] * len(image)

    def run(self):
        for i, image in enumerate(self._images):
            extractor = self._net.create_extractor()
            extractor.input("image", image)
            status, self._outputs[i] = extractor.extract("prob")
            if status:
                raise RuntimeError(f"ncnn's extract gave {status}")

    def output(self):
        import numpy as np
        return np.stack([np.array(one) for one in self._outputs])

    def close(self):
        self._net.clear()
