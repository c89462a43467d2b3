#!/usr/bin/env python3
"""Nets of Caffe, end to end: the authors' definitions compute what examples/ do with the same numbers, to the last bit;
nets of the kinds that people have published are verified, computed by their imported texts to the last bit, and compared
with OpenCV where it is installed (4.11: OpenCV 5 has no reader for them).

    caffe_test.py NINC [TEST...]        (run by ctest)
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "tests" / "import")]
import caffe_nets  # noqa: E402
import networks  # noqa: E402
import published  # noqa: E402
import same_bits  # noqa: E402

NINC = None
CIFAR_MEAN = "mean_value: 125 mean_value: 123 mean_value: 114"
IMAGENET_MEAN = 'mean_file: "imagenet_mean.binaryproto"'


class Folder(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.environment = dict(os.environ, XDG_CACHE_HOME=temporary.name, XDG_DATA_HOME=temporary.name)

    def ninc(self, *arguments, expect=0):
        done = subprocess.run([NINC, *map(str, arguments)], capture_output=True, text=True, env=self.environment,
                              cwd=self.folder, timeout=300)
        self.assertEqual(done.returncode, expect, f"ninc {arguments}\n{done.stdout}{done.stderr}")
        return done

    def write(self, name, content):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def run_model(self, image, name, output, *model):
        np.save(self.folder / "in.npy", image)
        self.ninc("run", *model, "--no-db", "--input", f"{name}=in.npy", "--output", f"{output}=out.npy")
        return np.load(self.folder / "out.npy")


class AuthorsNets(Folder):
    def nin(self, network, weights, ends_with, pools):
        """examples/NAME.nin with these weights, its last line's value, and its pools as the authors' are."""
        path = networks.write_nin(network, weights, self.folder)
        text = path.read_text()
        for i, pool in enumerate(pools):
            if pool == "AVE":
                text = re.sub(rf"(pool{i + 1} *= )max_pool", r"\1average_pool", text)
        text = re.sub(r"(?m)^prob .*\noutput prob", ends_with, text)
        path.write_text(text)
        return path

    def caffemodel(self, network, weights, numbered, is_old=False):
        values = [value for value, stage in zip(network.tensor_names(), network.stages) for _ in stage.channels]
        places = [i for stage in network.stages for i in range(len(stage.channels))]
        blobs = {name: [weights[f"{value}.{i}.weight"], weights[f"{value}.{i}.bias"]]
                 for name, value, i in zip(numbered, values, places, strict=True)}
        return self.write("net.caffemodel", caffe_nets.caffemodel(blobs, is_old))

    def check_scores(self, name, pools, last_pool, mean, is_old=False):
        network = networks.NETWORKS[name]
        weights = networks.random_weights(network)
        text, numbered, scores = caffe_nets.train_val(network, pools, last_pool, mean, is_old)
        net = self.write("train_val.prototxt", text)
        trained = self.caffemodel(network, weights, numbered, is_old)
        shown = json.loads(self.ninc("show", net, "--json").stdout)
        self.assertEqual(shown["parameters"], network.parameters)
        self.assertEqual(shown["outputs"], [scores])
        image = networks.random_input(network)
        ours = self.run_model(image, "data", scores, net, "--weights", trained, "--batch", "1")
        reference = self.nin(network, weights, "scores = global_avg_pool maps\noutput scores", pools)
        expected = self.run_model(image, "image", "scores", reference)
        self.assertGreater(np.abs(expected).max(), 0)
        np.testing.assert_array_equal(ours.reshape(expected.shape), expected)

    def test_cifar10_with_the_data_of_training(self):
        self.check_scores("nin_cifar10", ["MAX", "AVE"], 8, CIFAR_MEAN)

    def test_cifar10_in_the_form_of_2014(self):
        self.check_scores("nin_cifar10", ["MAX", "AVE"], 8, CIFAR_MEAN, is_old=True)

    def test_imagenet_with_the_data_of_training(self):
        self.check_scores("nin_imagenet", ["MAX", "MAX", "MAX"], 6, IMAGENET_MEAN)

    def test_cifar10_as_it_is_deployed(self):
        network = networks.NETWORKS["nin_cifar10"]
        weights = networks.random_weights(network)
        pools = ["MAX", "MAX"]
        text, numbered = caffe_nets.deploy(network, pools, 8)
        net = self.write("deploy.prototxt", text)
        trained = self.caffemodel(network, weights, numbered)
        images = networks.random_input(network, batch=10)
        ours = self.run_model(images, "data", "prob", net, "--weights", trained)  # of the file's batch
        reference = self.nin(network, weights, "prob = softmax (global_avg_pool maps)\noutput prob", pools)
        expected = self.run_model(images, "image", "prob", reference, "--batch", "10")
        np.testing.assert_array_equal(ours.reshape(expected.shape), expected)
        layers = json.loads(self.ninc("show", net, "--weights", trained, "--after", "passes", "--json").stdout)["layers"]
        self.assertEqual(sum(layer["op"].startswith("mlpconv") for layer in layers), 3)
        self.assertIn("global_avg_pool softmax", layers[-1]["op"] + layers[-2]["op"])


def by_opencv(text, trained, outputs, image, folder):
    """Blobs by OpenCV, which goes by layers, and needs nets without databases and losses; none where it isn't installed."""
    try:
        from cv2 import dnn
    except ImportError:
        return None
    if not hasattr(dnn, "readNetFromCaffe"):
        return None
    layers = re.split(r"(?m)^(?=layers? \{$)", text)
    kept = [each for each in layers if not re.search('type: "(Data|SoftmaxWithLoss|Accuracy)"', each)]
    if len(kept) < len(layers):
        kept.insert(0, 'input: "data"\n' + "".join(f"input_dim: {dim}\n" for dim in image.shape))
    net = folder / "opencv.prototxt"
    net.write_text("".join(kept))
    network = dnn.readNetFromCaffe(str(net), str(trained))
    network.setInput(image, "data")
    found = (re.search(r'name: "(.*)"[^$]*?\btop: "(.*)"', each) for each in kept)
    last = {layer.group(2): layer.group(1) for layer in found if layer}  # what is computed in its place has several
    return network.forward([last[output] for output in outputs])


class PublishedNets(Folder):
    def check(self, net):
        text, numbers, outputs, shape, is_old = net()
        file = self.write("net.prototxt", text)
        trained = self.write("net.caffemodel", caffe_nets.caffemodel(numbers, is_old))
        image = np.random.default_rng(1).standard_normal(shape).astype(np.float32)
        np.save(self.folder / "data.npy", image)
        options, library, feeds = ["--weights", trained], self.folder / "net.so", {"data": self.folder / "data.npy"}
        self.ninc(file, "-o", library, "--no-db", *options)
        self.ninc("verify", file, library, *options)
        same_bits.check(NINC, file, library, feeds, outputs, self.folder, options, self.environment)
        expected = by_opencv(text, trained, outputs, image, self.folder)
        if expected is None:
            self.skipTest("verified, and its text is the same; OpenCV 4 isn't installed here, which reads Caffe's files, too")
        computed = same_bits.outputs_of(NINC, library, feeds, outputs, self.folder, self.environment)
        for name, ours, theirs in zip(outputs, computed, expected, strict=True):
            self.assertLess(np.abs(ours.reshape(theirs.shape) - theirs).max(), 1e-4 * np.abs(theirs).max(), name)


for each in published.NETS:
    setattr(PublishedNets, f"test_{each.__name__}", lambda self, net=each: self.check(net))


SMALL = """name: "small"
input: "data" input_dim: 2 input_dim: 2 input_dim: 6 input_dim: 6
layer { name: "conv" type: "Convolution" bottom: "data" top: "conv" convolution_param { num_output: 3 kernel_size: 3 } }
layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
layer { name: "pool" type: "Pooling" bottom: "conv" top: "pool" pooling_param { kernel_size: 3 stride: 2 } }
layer { name: "scores" type: "InnerProduct" bottom: "pool" top: "sco/res" inner_product_param { num_output: 4 } }
"""


class Commands(Folder):
    def setUp(self):
        super().setUp()
        random = np.random.default_rng(3)
        self.net = self.write("small.prototxt", SMALL)
        self.trained = self.write("small.caffemodel", caffe_nets.caffemodel({
            "conv": [random.standard_normal((3, 2, 3, 3)), random.standard_normal(3)],
            "scores": [random.standard_normal((4, 12)), random.standard_normal(4)]}))
        self.model = [self.net, "--weights", self.trained]

    def test_compiles_to_a_library_that_knows_the_nets_names(self):
        self.ninc(*self.model, "-o", "small.so")
        np.save(self.folder / "x.npy", np.ones((2, 2, 6, 6), np.float32))
        self.ninc("run", "small.so", "--input", "data=x.npy", "--output", "sco/res=y.npy")
        self.assertEqual(np.load(self.folder / "y.npy").shape, (2, 4))
        self.assertIn("sco/res", (self.folder / "small.h").read_text())

    def test_verifies_benchmarks_and_tunes(self):
        self.assertTrue(json.loads(self.ninc("verify", *self.model, "--json").stdout)["agrees"])
        self.ninc("bench", *self.model, "--json")
        self.ninc("tune", *self.model, "--db", "tuned.jsonl", "--candidates", "1", "--budget", "5s")
        self.assertIn("several", self.ninc("tune", *self.model, self.net, expect=2).stderr)

    def test_shows_a_net_without_its_numbers(self):
        shown = json.loads(self.ninc("show", self.net, "--json").stdout)
        self.assertEqual(shown["parameters"], 3 * 2 * 9 + 3 + 4 * 12 + 4)
        self.assertIn("--weights NAME.caffemodel", self.ninc(self.net, "-o", "small.so", expect=1).stderr)

    def test_costs_nobody_the_numbers(self):
        for name, command in (("numbers.so", ["-o", "numbers.so"]), ("numbers.npy", ["--output", "sco/res=numbers.npy"])):
            numbers = self.write(name, self.trained.read_bytes())
            command = [self.net, *command] if name.endswith(".so") else ["run", self.net, *command]
            said = self.ninc(*command, "--weights", name, expect=2).stderr
            self.assertIn("would overwrite the model's weights", said)
            self.assertEqual(numbers.read_bytes(), self.trained.read_bytes())

    def test_points_into_the_text(self):
        net = self.write("wrong.prototxt", SMALL.replace('type: "Pooling"', 'type: "Embed"'))
        said = self.ninc(net, "--weights", self.trained, "-o", "wrong.so", expect=1).stderr
        self.assertIn("wrong.prototxt:5:22: error: layer 'pool' (Embed): layers of this type aren't supported", said)
        self.ninc(net, "--weights", self.trained, "--outputs", "conv", "-o", "cut.so")

    def test_takes_other_numbers_for_a_text_of_nincs(self):
        self.ninc(self.net, "--weights", self.trained, "-o", "first.nin")
        text = (self.folder / "first.nin").read_text()
        self.write("second.nin", re.sub(r"(?m)^weights .*$", "weights random seed 1", text))
        np.save(self.folder / "x.npy", np.ones((1, 2, 6, 6), np.float32))
        outputs = []
        for model in (["first.nin"], ["second.nin", "--weights", "first.safetensors"], ["second.nin"]):
            self.ninc("run", *model, "--input", "x.npy", "--output", "y.npy")
            outputs.append(np.load(self.folder / "y.npy"))
        np.testing.assert_array_equal(outputs[0], outputs[1])
        self.assertGreater(np.abs(outputs[0] - outputs[2]).max(), 1e-3)
        self.write("model.onnx", b"")
        self.assertIn("--weights is for models", self.ninc("run", "model.onnx", "--weights", "x", expect=1).stderr)


if __name__ == "__main__":
    NINC = os.path.abspath(sys.argv[1])
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]], verbosity=2)
