// Kernels that read a model's input as the application has it: bytes, pixels, channels in the opposite order.
#include "tests/unit/codegen/halide/KernelCase.h"

namespace ninc {
namespace {

const Preprocessing caffe{.mean = {104, 117, 123}, .scale = {0.017f}, .reversed = true};
const Preprocessing torch{
    .unit = true, .mean = {0.485f, 0.456f, 0.406f}, .scale = {0.229f, 0.224f, 0.225f}, .divides = true};

TensorType pixels(std::int64_t rows, std::int64_t columns, const Preprocessing &preprocessing,
                  ElementType element = ElementType::u8, Layout layout = Layout::hwc) {
  return {element, {3, rows, columns}, layout, preprocessing};
}

Conv2d convolution(std::int64_t kernel, std::int64_t stride, std::int64_t pad) {
  Conv2d op;
  op.layer.outChannels = 24;
  op.layer.window = {{kernel, kernel}, {stride, stride}, {1, 1}, {pad, pad, pad, pad}};
  return op;
}

// Padding stands around the numbers that the pixels mean: zeros.
TEST(PreprocessedInputs, OfConvolutionsWithAndWithoutPadding) {
  for (const Preprocessing &preprocessing : {Preprocessing{}, caffe, torch})
    for (const std::int64_t pad : {0, 1})
      for (const std::int64_t stride : {1, 2})
        expectAgreement({.op = convolution(3, stride, pad),
                         .inputs = {pixels(19, 23, preprocessing)},
                         .outputLayout = Layout::hwc,
                         .tolerance = 1e-5});
}

TEST(PreprocessedInputs, OfEveryElementAndLayout) {
  for (const ElementType element : {ElementType::u8, ElementType::f32})
    for (const Layout layout : {Layout::chw, Layout::hwc})
      expectAgreement({.op = convolution(3, 1, 1),
                       .inputs = {pixels(9, 17, caffe, element, layout)},
                       .outputLayout = Layout::hwc,
                       .tolerance = 1e-5});
}

TEST(PreprocessedInputs, OnEveryTarget) {
  expectAgreementOnEveryTarget({.op = convolution(5, 2, 2),
                                .inputs = {pixels(21, 33, caffe)},
                                .outputLayout = Layout::hwc,
                                .tolerance = 1e-5});
}

TEST(PreprocessedInputs, OfOneChannel) {
  expectAgreement(
      {.op = convolution(3, 1, 1),
       .inputs = {{ElementType::u8, {1, 28, 28}, Layout::hwc, {.unit = true, .mean = {}, .scale = {}}}},
       .outputLayout = Layout::hwc,
       .tolerance = 1e-5});
}

// Whatever comes first reads them.
TEST(PreprocessedInputs, OfLightKernels) {
  const TensorType input = pixels(8, 12, caffe);
  const Window window{{3, 3}, {2, 2}, {1, 1}, {1, 1, 1, 1}};
  Conv2d depthwise = convolution(3, 1, 1);
  depthwise.layer.groups = 3;
  const Op ops[] = {Unary{UnaryKind::relu},
                    BatchNorm{},
                    MaxPool{window, PoolExtent::floor},
                    AveragePool{window, PoolExtent::floor, false},
                    GlobalAveragePool{},
                    Flatten{},
                    Transpose{{1, 2, 0}},
                    Slice{1, 1, 3, 2},
                    Pad{{0, 1, 1}, {0, 1, 1}, PadMode::reflect},
                    Softmax{},
                    ArgMax{1},
                    TopK{3, 2},
                    Lrn{},
                    depthwise};
  for (const Op &op : ops)
    for (const Layout layout : {Layout::chw, Layout::hwc})
      expectAgreement({.op = op, .inputs = {input}, .outputLayout = layout, .tolerance = 1e-5});
}

TEST(PreprocessedInputs, BesideOthers) {
  for (const Layout layout : {Layout::chw, Layout::hwc}) {
    expectAgreement({.op = Binary{BinaryKind::add},
                     .inputs = {pixels(5, 7, caffe), pixels(5, 7, torch, ElementType::f32, Layout::chw)},
                     .outputLayout = layout,
                     .tolerance = 1e-5});
    expectAgreement(
        {.op = Concat{0}, .inputs = {maps(4, 5, 7), pixels(5, 7, caffe)}, .outputLayout = layout});
  }
  expectAgreement(
      {.op = Dense{10, true, {}, {}, {}},
       .inputs = {{ElementType::u8, {30}, Layout::chw, {.unit = true, .mean = {}, .scale = {}}}}});
}

} // namespace
} // namespace ninc
