"""Computes the class probabilities of the held-out digits with ONNX Runtime, as truth from outside ninc.

Reads nin_digits.safetensors and test_images.npy, states the network of nin_digits.nin once more as an ONNX
graph, runs it, writes expected_prob.npy (float32 [N, 10]) and prints the accuracy. Nothing here comes from
ninc or from the framework that trained the weights.
"""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file

HERE = Path(__file__).resolve().parent
OPSET = 17


def mlpconv(stage, source, target):
    """A padded 3x3 convolution and two 1x1 convolutions, each followed by ReLU."""
    nodes = []
    for layer, size in enumerate((3, 1, 1)):
        convolved = f"{stage}.{layer}.convolved"
        activated = target if layer == 2 else f"{stage}.{layer}.activated"
        operands = [source, f"{stage}.{layer}.weight", f"{stage}.{layer}.bias"]
        nodes.append(helper.make_node("Conv", operands, [convolved], kernel_shape=[size] * 2, pads=[size // 2] * 4))
        nodes.append(helper.make_node("Relu", [convolved], [activated]))
        source = activated
    return nodes


def build_model(weights):
    """image [N, 1, 8, 8] -> prob [N, 10]. Dropout is the identity outside training and has no node."""
    nodes = [
        *mlpconv("stage1", "image", "stage1"),
        helper.make_node("MaxPool", ["stage1"], ["pool1"], kernel_shape=[3, 3], strides=[1, 1], pads=[1, 1, 1, 1]),
        *mlpconv("stage2", "pool1", "stage2"),
        *mlpconv("maps", "stage2", "maps"),
        helper.make_node("GlobalAveragePool", ["maps"], ["averages"]),
        helper.make_node("Flatten", ["averages"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["prob"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "nin_digits",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 1, 8, 8])],
        [helper.make_tensor_value_info("prob", TensorProto.FLOAT, ["N", 10])],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    return model


def main():
    model = build_model(load_file(HERE / "nin_digits.safetensors"))
    images = np.load(HERE / "test_images.npy").astype(np.float32) / 16
    labels = np.load(HERE / "test_labels.npy")

    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    prob = session.run(["prob"], {"image": images})[0]
    np.save(HERE / "expected_prob.npy", prob)

    correct = int((prob.argmax(1) == labels).sum())
    print(f"{correct} of {len(labels)} held-out images right: accuracy {correct / len(labels):.4f}")


if __name__ == "__main__":
    main()
