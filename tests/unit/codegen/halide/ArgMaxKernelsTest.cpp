// Numbers of largest elements against the reference interpreter's.
#include "tests/unit/codegen/halide/KernelCase.h"

namespace ninc {
namespace {

TEST(ArgMaxKernels, AlongEveryAxis) {
  for (const bool keepsAxis : {false, true})
    for (const bool takesLast : {false, true})
      for (const Layout layout : {Layout::chw, Layout::hwc})
        for (std::int64_t axis = 0; axis < 3; ++axis)
          expectAgreement(
              {.op = ArgMax{axis, keepsAxis, takesLast}, .inputs = {maps(19, 5, 7, layout)}, .tolerance = 0});
}

TEST(ArgMaxKernels, OnEveryTarget) {
  expectAgreementOnEveryTarget({.op = ArgMax{}, .inputs = {maps(21, 17, 19, Layout::chw)}, .tolerance = 0});
  expectAgreementOnEveryTarget({.op = ArgMax{}, .inputs = {vectorOf(1000)}, .tolerance = 0});
}

TEST(ArgMaxKernels, OfFewElements) {
  expectAgreement({.op = ArgMax{}, .inputs = {vectorOf(1)}, .tolerance = 0});
  expectAgreement(
      {.op = ArgMax{3, true, false}, .inputs = {{ElementType::f32, {2, 3, 4, 5}}}, .tolerance = 0});
}

} // namespace
} // namespace ninc
