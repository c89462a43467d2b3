// The lists of attributes beside the ops' structs. Their text: tests/unit/ir/PrinterTest.cpp; that the text
// is read back: tests/unit/frontend/text/OpSyntaxTest.cpp.
#include "ir/ops/Attributes.h"

#include <gtest/gtest.h>
#include <string>
#include <type_traits>

#include "ir/ops/Ops.h"

namespace ninc {
namespace {

// Number of the op's listed attributes.
template <class O>
constexpr std::size_t count = std::tuple_size_v<decltype(O::attributes)>;

TEST(Attributes, AreWalkedInTheOrderOfPrinting) {
  std::string words;
  attribute::walk<Lrn>([&](const auto &named) { words += std::string(named.word) + " "; });
  EXPECT_EQ(words, "size alpha beta k ");
}

TEST(Attributes, PointIntoTheStruct) {
  Lrn op;
  std::apply(
      [&](const auto &size, const auto &alpha, const auto &, const auto &) {
        op.*size.member = 7;
        op.*alpha.member = 0.5f;
      },
      Lrn::attributes);
  EXPECT_EQ(op, (Lrn{7, 0.5f, 0.75f, 1}));
}

TEST(Attributes, OfAnOpWithoutAnyAreAnEmptyList) {
  EXPECT_EQ(count<Softmax>, 0u);
  EXPECT_EQ(count<Flatten>, 0u);
}

TEST(Attributes, OfLayersAreWrittenByHand) {
  EXPECT_FALSE(attribute::Listed<Conv2d>);
  EXPECT_FALSE(attribute::Listed<Mlpconv>);
  EXPECT_TRUE(attribute::Listed<Dense>);
}

} // namespace
} // namespace ninc
