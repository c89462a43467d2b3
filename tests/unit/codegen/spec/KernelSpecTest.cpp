#include "codegen/spec/KernelSpec.h"

#include <gmock/gmock.h>

#include "tests/unit/codegen/halide/KernelCase.h"

namespace ninc {
namespace {

Op boundConvolution(float weight) {
  auto tensor = [&](Shape shape) {
    return std::make_shared<const Tensor>(
        Tensor{shape, std::vector<float>(static_cast<std::size_t>(elementCount(shape)), weight)});
  };
  return Conv2d{{2, Window{}, 1, true, {}, tensor({2, 3, 1, 1}), tensor({2})}};
}

TEST(KernelSpec, LeavesParametersOutSoThatEqualLayersShareAKernel) {
  const Target target = parseTarget("x86-64-v3").value();
  Graph graph("model");
  Node image = graph.append(Input{maps(3, 4, 4, Layout::chw)}, {}, {"image"}).value();
  Node first = graph.append(boundConvolution(1), std::vector{graph.result(image)}).value();
  Node second = graph.append(boundConvolution(2), std::vector{graph.result(image)}).value();
  EXPECT_EQ(kernelSpecOf(graph, first, target), kernelSpecOf(graph, second, target));
  EXPECT_NE(graph.op(first), graph.op(second));
}

TEST(KernelSpec, TextSaysEverything) {
  const KernelSpec spec = specOf({.op = Conv2d{{2, Window{}, 1, true, {}, nullptr, nullptr}},
                                  .inputs = {maps(3, 4, 4, Layout::chw)},
                                  .outputLayout = Layout::hwc},
                                 parseTarget("x86-64-v3").value());
  EXPECT_THAT(toString(spec), testing::EndsWith(" (f32[3, 4, 4]) -> f32[2, 4, 4] hwc @ x86-64-v3"));
  KernelSpec other = spec;
  other.cpu().l1Bytes *= 2;
  EXPECT_NE(toString(other), toString(spec));
  EXPECT_NE(hashOf(other), hashOf(spec));
}

TEST(KernelSpec, HashIsTheSameEverywhere) {
  const KernelSpec spec =
      specOf({.op = Unary{UnaryKind::relu}, .inputs = {vectorOf(8)}}, parseTarget("aarch64").value());
  ASSERT_EQ(toString(spec), "relu (f32[8]) -> f32[8] @ aarch64");
  EXPECT_EQ(hashOf(spec), "9eec49bfa4dde720"); // FNV-1a of that text
}

} // namespace
} // namespace ninc
