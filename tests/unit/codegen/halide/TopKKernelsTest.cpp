// Kernels that find the largest elements.
#include "tests/unit/codegen/halide/KernelCase.h"

namespace ninc {
namespace {

TEST(TopKKernels, AlongEveryAxis) {
  for (std::int64_t axis = 0; axis < 3; ++axis)
    for (Layout layout : {Layout::chw, Layout::hwc})
      for (std::int64_t count : {1, 5})
        expectAgreement({.op = TopK{count, axis}, .inputs = {maps(19, 5, 7, layout)}, .tolerance = 0});
}

TEST(TopKKernels, OnEveryTarget) {
  expectAgreementOnEveryTarget({.op = TopK{5, 0}, .inputs = {vectorOf(1000)}, .tolerance = 0});
}

TEST(TopKKernels, OfAllElementsIsASort) {
  expectAgreement({.op = TopK{1, 0}, .inputs = {vectorOf(1)}, .tolerance = 0});
  expectAgreement({.op = TopK{100, 0}, .inputs = {vectorOf(100)}, .tolerance = 0});
  expectAgreement({.op = TopK{2, 3}, .inputs = {{ElementType::f32, {2, 3, 4, 2}}}, .tolerance = 0});
}

// Bytes: of so many some are equal.
TEST(TopKKernels, OfEqualElementsTheFirstComesFirst) {
  expectAgreement({.op = TopK{200, 0}, .inputs = {{ElementType::u8, {700}}}, .tolerance = 0});
}

} // namespace
} // namespace ninc
