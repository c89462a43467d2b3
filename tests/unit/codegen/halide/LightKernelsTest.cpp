// Kernels that move more than they compute, against the reference interpreter: every op, both layouts, sizes
// that fill no vector evenly.
#include "tests/unit/codegen/halide/KernelCase.h"

namespace ninc {
namespace {

constexpr Layout chw = Layout::chw, hwc = Layout::hwc;

TEST(ElementwiseKernels, ReluOverAnyShape) {
  expectAgreementOnEveryTarget(
      {.op = Unary{UnaryKind::relu}, .inputs = {maps(3, 7, 5)}, .outputLayout = hwc});
  expectAgreement({.op = Unary{UnaryKind::relu}, .inputs = {vectorOf(1)}});
  expectAgreement({.op = Unary{UnaryKind::relu}, .inputs = {{ElementType::f32, {2, 3, 4, 5}, chw}}});
}

TEST(ElementwiseKernels, ReluFromOneLayoutToTheOther) {
  expectAgreement({.op = Unary{UnaryKind::relu}, .inputs = {maps(17, 13, 13, hwc)}, .outputLayout = chw});
  expectAgreement({.op = Unary{UnaryKind::relu}, .inputs = {maps(10, 6, 6, chw)}, .outputLayout = hwc});
}

TEST(ElementwiseKernels, EveryFunctionOfOneElement) {
  for (const UnaryFunction &row : unaryFunctions())
    expectAgreement({.op = usual(row.kind),
                     .inputs = {maps(3, 7, 5, chw)},
                     .outputLayout = hwc,
                     .magnitude = 2,
                     .positive = row.least >= 0});
}

TEST(ElementwiseKernels, EveryFunctionOfTwoElements) {
  for (const BinaryFunction &row : binaryFunctions()) {
    expectAgreement({.op = Binary{row.kind},
                     .inputs = {maps(17, 7, 5), maps(17, 1, 1, chw)},
                     .outputLayout = hwc,
                     .positive = row.kind == BinaryKind::div || row.kind == BinaryKind::pow});
    expectAgreement({.op = Binary{row.kind},
                     .inputs = {maps(3, 5, 4), maps(3, 5, 4)},
                     .outputLayout = hwc,
                     .memory = Memory::inPlace,
                     .positive = row.kind == BinaryKind::div || row.kind == BinaryKind::pow});
  }
}

TEST(ElementwiseKernels, LargeMapsInTasks) {
  expectAgreement(
      {.op = Unary{UnaryKind::leakyRelu, {0.1f}}, .inputs = {maps(96, 32, 31)}, .outputLayout = hwc});
  expectAgreement(
      {.op = Unary{UnaryKind::leakyRelu, {0.1f}}, .inputs = {maps(67, 40, 41)}, .outputLayout = chw});
}

// Vectors that overlapped would apply the function twice.
TEST(ElementwiseKernels, RunInPlace) {
  expectAgreementOnEveryTarget({.op = Unary{UnaryKind::sigmoid},
                                .inputs = {maps(3, 7, 5)},
                                .outputLayout = hwc,
                                .memory = Memory::inPlace});
  expectAgreement(
      {.op = BatchNorm{}, .inputs = {maps(17, 5, 3)}, .outputLayout = hwc, .memory = Memory::inPlace});
  expectAgreement({.op = Binary{BinaryKind::add},
                   .inputs = {maps(17, 7, 5), maps(17, 1, 1, chw)},
                   .outputLayout = hwc,
                   .memory = Memory::inPlace});
}

TEST(ElementwiseKernels, PreluOfMapsAndVectors) {
  expectAgreementOnEveryTarget({.op = Prelu{}, .inputs = {maps(17, 7, 5, chw)}, .outputLayout = hwc});
  expectAgreement({.op = Prelu{}, .inputs = {vectorOf(17)}});
  expectAgreement({.op = Prelu{}, .inputs = {maps(3, 5, 4)}, .outputLayout = hwc, .memory = Memory::inPlace});
}

TEST(ElementwiseKernels, BatchNormOfMapsAndVectors) {
  expectAgreement({.op = BatchNorm{}, .inputs = {maps(10, 13, 13, chw)}, .outputLayout = hwc});
  expectAgreement({.op = BatchNorm{}, .inputs = {vectorOf(17)}});
}

TEST(ElementwiseKernels, AddAndMulWithBroadcasting) {
  expectAgreement(
      {.op = Binary{BinaryKind::add}, .inputs = {maps(17, 6, 6), maps(17, 6, 6)}, .outputLayout = hwc});
  expectAgreement({.op = Binary{BinaryKind::add},
                   .inputs = {maps(3, 7, 5, chw), maps(3, 7, 5, hwc)},
                   .outputLayout = hwc});
  expectAgreement({.op = Binary{BinaryKind::mul},
                   .inputs = {maps(17, 1, 1, chw), maps(17, 7, 5, hwc)},
                   .outputLayout = chw});
  expectAgreement({.op = Binary{BinaryKind::mul},
                   .inputs = {maps(1, 7, 1, chw), maps(10, 1, 5, hwc)},
                   .outputLayout = hwc});
  expectAgreement({.op = Binary{BinaryKind::mul}, .inputs = {vectorOf(1), vectorOf(33)}});
}

TEST(ElementwiseKernels, DropoutIsTheIdentity) {
  expectAgreement({.op = Dropout{}, .inputs = {maps(3, 5, 7, chw)}, .outputLayout = hwc, .tolerance = 0});
}

TEST(CopyingKernels, ConcatAlongEveryAxis) {
  expectAgreementOnEveryTarget({.op = Concat{0},
                                .inputs = {maps(17, 6, 5, hwc), maps(3, 6, 5, chw), maps(1, 6, 5, hwc)},
                                .outputLayout = hwc,
                                .tolerance = 0});
  expectAgreement({.op = Concat{0},
                   .inputs = {maps(10, 6, 5, hwc), maps(3, 6, 5, chw)},
                   .outputLayout = chw,
                   .tolerance = 0});
  expectAgreement({.op = Concat{1},
                   .inputs = {maps(10, 6, 5, hwc), maps(10, 2, 5, hwc)},
                   .outputLayout = hwc,
                   .tolerance = 0});
  expectAgreement({.op = Concat{2},
                   .inputs = {maps(3, 6, 5, chw), maps(3, 6, 13, hwc)},
                   .outputLayout = chw,
                   .tolerance = 0});
  expectAgreement({.op = Concat{0}, .inputs = {vectorOf(3), vectorOf(20)}, .tolerance = 0});
}

TEST(CopyingKernels, TransposeTakesEveryOrder) {
  for (const Shape &order : {Shape{0, 2, 1}, Shape{1, 0, 2}, Shape{1, 2, 0}, Shape{2, 0, 1}, Shape{2, 1, 0}})
    for (const Layout layout : {Layout::chw, Layout::hwc})
      expectAgreement({.op = Transpose{order},
                       .inputs = {maps(19, 5, 7, layout)},
                       .outputLayout = Layout::hwc,
                       .tolerance = 0});
  expectAgreementOnEveryTarget({.op = Transpose{{1, 2, 0}}, .inputs = {maps(10, 3, 7)}, .tolerance = 0});
  expectAgreement({.op = Transpose{{1, 0}}, .inputs = {{ElementType::f32, {20, 33}}}, .tolerance = 0});
  expectAgreement(
      {.op = Transpose{{1, 0, 3, 2}}, .inputs = {{ElementType::f32, {4, 3, 5, 9}}}, .tolerance = 0});
}

TEST(CopyingKernels, SliceAlongEveryAxis) {
  for (std::int64_t axis = 0; axis < 3; ++axis)
    for (const Layout layout : {Layout::chw, Layout::hwc})
      expectAgreement({.op = Slice{axis, 1, 3, 2},
                       .inputs = {maps(9, 6, 8, layout)},
                       .outputLayout = Layout::hwc,
                       .tolerance = 0});
  expectAgreementOnEveryTarget({.op = Slice{0, 2, 17, 1}, .inputs = {maps(20, 3, 5)}, .tolerance = 0});
  expectAgreement({.op = Slice{0, 3, 20, 3}, .inputs = {vectorOf(61)}, .tolerance = 0});
}

TEST(CopyingKernels, PadOfEveryMode) {
  for (const PadMode mode : {PadMode::fill, PadMode::edge, PadMode::reflect, PadMode::wrap})
    for (const Layout layout : {Layout::chw, Layout::hwc})
      expectAgreement({.op = Pad{{1, 2, 4}, {3, 0, 2}, mode, mode == PadMode::fill ? 0.5f : 0},
                       .inputs = {maps(9, 6, 8, layout)},
                       .outputLayout = Layout::hwc,
                       .tolerance = 0});
  expectAgreementOnEveryTarget({.op = Pad{{0, 1, 1}, {0, 1, 1}}, .inputs = {maps(20, 3, 5)}, .tolerance = 0});
  expectAgreement({.op = Pad{{20}, {33}, PadMode::reflect}, .inputs = {vectorOf(61)}, .tolerance = 0});
}

TEST(CopyingKernels, ValuesOfManyDimensions) {
  const TensorType five{ElementType::f32, {2, 3, 4, 5, 6}}, eight{ElementType::f32, {2, 1, 3, 2, 1, 2, 3, 4}};
  expectAgreementOnEveryTarget({.op = Transpose{{3, 0, 4, 1, 2}}, .inputs = {five}, .tolerance = 0});
  expectAgreement({.op = Transpose{{7, 6, 5, 4, 3, 2, 1, 0}}, .inputs = {eight}, .tolerance = 0});
  expectAgreement({.op = Slice{4, 1, 2, 3}, .inputs = {five}, .tolerance = 0});
  expectAgreement({.op = Concat{3}, .inputs = {five, five}, .tolerance = 0});
  expectAgreement(
      {.op = Pad{{0, 1, 0, 2, 1}, {1, 0, 0, 0, 1}, PadMode::edge}, .inputs = {five}, .tolerance = 0});
  expectAgreement({.op = Binary{BinaryKind::sub}, .inputs = {five, {ElementType::f32, {1, 3, 1, 5, 1}}}});
  expectAgreement({.op = Unary{UnaryKind::relu}, .inputs = {eight}, .tolerance = 0});
}

TEST(CopyingKernels, FlattenAndReshapeKeepRowMajorOrder) {
  expectAgreement({.op = Flatten{}, .inputs = {maps(17, 6, 7, hwc)}, .tolerance = 0});
  expectAgreement({.op = Flatten{}, .inputs = {maps(3, 6, 7, chw)}, .tolerance = 0});
  expectAgreement(
      {.op = Reshape{{6, 5, 7}}, .inputs = {maps(10, 3, 7, hwc)}, .outputLayout = hwc, .tolerance = 0});
  expectAgreement({.op = Reshape{{3, 5, 2}}, .inputs = {vectorOf(30)}, .outputLayout = hwc, .tolerance = 0});
  expectAgreement({.op = Reshape{{5, 6}}, .inputs = {maps(3, 2, 5, hwc)}, .tolerance = 0});
}

Window window(std::int64_t kernel, std::int64_t stride, Padding pad = {}, std::int64_t dilation = 1) {
  return {{kernel, kernel}, {stride, stride}, {dilation, dilation}, pad};
}

TEST(PoolingKernels, MaximaOfClippedWindows) {
  expectAgreementOnEveryTarget({.op = MaxPool{window(3, 2), PoolExtent::ceil},
                                .inputs = {maps(17, 13, 12)},
                                .outputLayout = hwc,
                                .tolerance = 0});
  expectAgreement({.op = MaxPool{window(3, 2, {1, 0, 2, 1}), PoolExtent::floor},
                   .inputs = {maps(3, 7, 5, chw)},
                   .outputLayout = chw,
                   .tolerance = 0});
  expectAgreement({.op = MaxPool{window(2, 1, {1, 1, 1, 1}, 2), PoolExtent::floor},
                   .inputs = {maps(10, 7, 5, hwc)},
                   .outputLayout = chw,
                   .tolerance = 0});
  expectAgreement(
      {.op = MaxPool{window(1, 1), PoolExtent::floor}, .inputs = {maps(1, 1, 1)}, .tolerance = 0});
  expectAgreement({.op = MaxPool{window(3, 2), PoolExtent::ceil},
                   .inputs = {maps(96, 32, 32)},
                   .outputLayout = hwc,
                   .tolerance = 0});
}

TEST(PoolingKernels, AveragesDivideByWhatTheyCount) {
  for (bool countIncludePad : {false, true}) {
    expectAgreement({.op = AveragePool{window(3, 2, {1, 1, 1, 1}), PoolExtent::ceil, countIncludePad},
                     .inputs = {maps(17, 6, 8)},
                     .outputLayout = hwc});
    expectAgreement(
        {.op = AveragePool{{{3, 2}, {2, 3}, {1, 1}, {0, 1, 2, 0}}, PoolExtent::floor, countIncludePad},
         .inputs = {maps(3, 7, 13, chw)},
         .outputLayout = chw});
  }
  expectAgreement({.op = AveragePool{window(2, 2), PoolExtent::floor, false},
                   .inputs = {maps(10, 6, 6, chw)},
                   .outputLayout = hwc});
}

TEST(PoolingKernels, GlobalAverages) {
  expectAgreementOnEveryTarget({.op = GlobalAveragePool{}, .inputs = {maps(17, 6, 7, hwc)}});
  expectAgreement({.op = GlobalAveragePool{}, .inputs = {maps(10, 13, 13, chw)}});
  expectAgreement({.op = GlobalAveragePool{}, .inputs = {maps(3, 1, 1, hwc)}});
  expectAgreement({.op = GlobalAveragePool{}, .inputs = {maps(200, 32, 32, hwc)}});
}

TEST(NormalisingKernels, SoftmaxOfVectorsAndAcrossMaps) {
  expectAgreementOnEveryTarget({.op = Softmax{}, .inputs = {vectorOf(10)}});
  expectAgreement({.op = Softmax{}, .inputs = {vectorOf(1000)}, .magnitude = 20});
  expectAgreement({.op = Softmax{}, .inputs = {vectorOf(1)}});
  expectAgreement({.op = Softmax{}, .inputs = {maps(17, 7, 5, hwc)}, .outputLayout = hwc});
  expectAgreement({.op = Softmax{}, .inputs = {maps(3, 7, 5, hwc)}, .outputLayout = chw});
  expectAgreement({.op = Softmax{}, .inputs = {maps(10, 6, 6, chw)}, .outputLayout = hwc, .magnitude = 50});
}

TEST(NormalisingKernels, ResponsesOfLargeMapsInTasks) {
  expectAgreement({.op = Lrn{5, 1, 0.75f, 1}, .inputs = {maps(96, 40, 30, hwc)}, .outputLayout = hwc});
  expectAgreement({.op = Lrn{5, 1, 0.75f, 1}, .inputs = {maps(20, 70, 50, chw)}, .outputLayout = chw});
}

TEST(NormalisingKernels, ResponsesOfNeighbouringChannels) {
  expectAgreementOnEveryTarget(
      {.op = Lrn{5, 1e-1f, 0.75f, 1}, .inputs = {maps(17, 5, 3, hwc)}, .outputLayout = hwc});
  expectAgreement({.op = Lrn{4, 1, 0.5f, 2}, .inputs = {maps(10, 6, 6, chw)}, .outputLayout = chw});
  expectAgreement({.op = Lrn{3, 0.5f, 1.3f, 1}, .inputs = {maps(10, 7, 5, hwc)}, .outputLayout = chw});
  expectAgreement({.op = Lrn{99, 0.5f, 1, 1}, .inputs = {maps(3, 1, 5, hwc)}, .outputLayout = hwc});
}

} // namespace
} // namespace ninc
