// What the printer writes of an op, the reader reads: every op, with attributes that aren't the usual ones.
#include "frontend/text/OpSyntax.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>

#include "ir/ops/AttributeText.h"
#include "tests/unit/ir/ops/SmallChains.h"

namespace ninc::text {
namespace {

// A cursor over a text of one line, and what was said of it.
struct Line {
  std::string text;
  Diagnostics diagnostics;
  std::vector<Token> tokens;

  explicit Line(std::string line) : text(std::move(line)), tokens(tokenize(text, diagnostics)) {}
  std::string complaints() const { return render(diagnostics, "", text); }
};

struct Read {
  std::optional<Op> op;
  OpPlaces places;
  std::string complaints;
};

// What stands behind the operands of an op of that spelling. The text mustn't be empty.
Read read(std::string_view spelling, const std::string &attributes) {
  Line line(attributes);
  Cursor cursor(line.tokens, line.diagnostics);
  Read result;
  result.op = parseAttributes(spelling, cursor, result.places);
  EXPECT_TRUE(cursor.atEnd()) << spelling << ": nobody reads all of '" << attributes << "'";
  result.complaints = line.complaints();
  return result;
}

constexpr Window odd{{3, 5}, {2, 1}, {1, 2}, {1, 0, 2, 1}};

ConvLayer layer() {
  ConvLayer layer;
  layer.outChannels = 8;
  layer.window = odd;
  layer.hasBias = false;
  layer.activation = Unary{UnaryKind::leakyRelu, {0.25f}};
  return layer;
}

ConvLayer pointwise() {
  ConvLayer layer;
  layer.outChannels = 6;
  return layer;
}

ConvLayer grouped() {
  ConvLayer result = layer();
  result.groups = 2;
  return result;
}

// Resizes of every rule that prints something.
std::vector<Op> oddResizes() {
  return {Resize{{3, 4},
                 Interpolation::nearest,
                 ResizeGrid::asymmetric,
                 NearestRule::floor,
                 -0.75f,
                 false,
                 false,
                 {},
                 {}},
          Resize{{3, 4},
                 Interpolation::cubic,
                 ResizeGrid::alignCorners,
                 NearestRule::preferFloor,
                 -0.5f,
                 true,
                 true,
                 {1, 1.5f},
                 {}},
          Resize{{3, 4},
                 Interpolation::linear,
                 ResizeGrid::cropAndResize,
                 NearestRule::preferFloor,
                 -0.75f,
                 false,
                 false,
                 {},
                 {0, 0.25f, 1, -0.5f}}};
}

// At least one op of each struct; those without attributes have nothing to read.
std::vector<Op> oddOps() {
  std::vector<Op> ops{Input{{ElementType::f32, {3, 4, 5}, Layout::chw}},
                      Input{{ElementType::u8, {3, 4, 5}, Layout::hwc, {true, {0.5f, 1, 2}, {3}, true, true}}},
                      Input{{ElementType::f32, {3, 4, 5}, Layout::chw, {false, {-1.5f}, {1, 2, 3}}}},
                      Constant{{2, 3}, {}},
                      Conv2d{grouped()},
                      Mlpconv{{layer(), pointwise()}, NoEpilogue{}},
                      Mlpconv{{layer()}, PoolEpilogue{PoolKind::max, odd, PoolExtent::ceil, false}},
                      Mlpconv{{layer()}, PoolEpilogue{PoolKind::average, odd, PoolExtent::floor, true}},
                      Mlpconv{{layer()}, GapEpilogue{.softmax = true, .keepMaps = true}},
                      Mlpconv{{layer()}, PointwiseEpilogue{channelSteps()}},
                      Pointwise{swish()},
                      Pointwise{channelSteps()},
                      MaxPool{odd, PoolExtent::ceil},
                      AveragePool{odd, PoolExtent::ceil, true},
                      GlobalAveragePool{},
                      Dropout{0.75f},
                      BatchNorm{1e-3f, {}, {}, {}, {}},
                      Prelu{},
                      Concat{2},
                      Flatten{},
                      Reshape{{4, 15}},
                      Transpose{{2, 0, 1}},
                      Slice{1, 2, 3, 4},
                      Pad{{0, 1}, {2, 0}, PadMode::fill, -1.5f},
                      Pad{{0, 1}, {}, PadMode::reflect},
                      Pad{{}, {3, 4}, PadMode::edge},
                      Pad{{1}, {1}, PadMode::wrap},
                      Dense{10, false, Unary{UnaryKind::tanh}, {}, {}},
                      MatMul{},
                      ArgMax{1, true, true},
                      TopK{5, 1},
                      Softmax{},
                      Lrn{3, 0.125f, 0.5f, 2}};
  for (const Op &resize : oddResizes())
    ops.push_back(resize);
  float number = 1;
  for (const UnaryFunction &function : unaryFunctions()) {
    Unary unary = usual(function.kind);
    for (std::size_t i = 0; i < function.count(); ++i)
      unary.numbers[i] = number += 0.5f;
    ops.push_back(unary);
  }
  for (const BinaryFunction &function : binaryFunctions())
    ops.push_back(Binary{function.kind});
  return ops;
}

TEST(OpSyntax, EveryOpIsAmongThoseTried) {
  std::set<std::size_t> tried;
  for (const Op &op : oddOps())
    tried.insert(op.index());
  EXPECT_EQ(tried.size(), std::variant_size_v<Op>);
}

TEST(OpSyntax, AttributesAreReadAsTheyArePrinted) {
  for (const Op &op : oddOps()) {
    const std::string attributes = attributeText(op);
    if (attributes.empty()) continue;
    Read result = read(spellingOf(op), attributes);
    EXPECT_EQ(result.complaints, "") << spellingOf(op);
    EXPECT_TRUE(result.op == op) << spellingOf(op) << " " << attributes;
  }
}

TEST(OpSyntax, WhatIsLeftOutIsAsUsual) {
  EXPECT_TRUE(read("lrn", "k 2").op == Op(Lrn{5, 1e-4f, 0.75f, 2}));
  EXPECT_TRUE(read("dense", "-> 3").op == Op(Dense{3, true, {}, {}, {}}));
}

TEST(OpSyntax, WordsOfOneChoiceExcludeOneAnother) {
  Resize resize;
  resize.shape = {8};
  EXPECT_TRUE(read("resize", "[8]").op == Op(resize));
  EXPECT_TRUE(read("resize", "[8] half_pixel cubic_a -0.75").op == Op(resize));
  EXPECT_THAT(read("resize", "[8] nearest cubic").complaints,
              ::testing::HasSubstr("the interpolation is given twice"));
  EXPECT_THAT(read("resize", "[8] scales 2").complaints, ::testing::HasSubstr("numbers, such as [1, 2.5]"));
  EXPECT_THAT(read("resize", "cubic").complaints, ::testing::HasSubstr("a shape"));
}

TEST(OpSyntax, ABoundThatBoundsNothingIsLeftOutOrInfinite) {
  constexpr float most = std::numeric_limits<float>::max();
  const auto clip = [](float low, float high) { return Op(Unary{UnaryKind::clip, {low, high}}); };
  EXPECT_EQ(attributeText(clip(0, most)), "0");
  EXPECT_EQ(attributeText(clip(-most, 6)), "-inf 6");
  EXPECT_EQ(attributeText(clip(-most, most)), "");
  EXPECT_TRUE(read("clip", "0").op == clip(0, most));
  EXPECT_TRUE(read("clip", "0 inf").op == clip(0, most));
  EXPECT_TRUE(read("clip", "-inf 6").op == clip(-most, 6));
  EXPECT_TRUE(read("clip", "-3.4028235e+38 6").op == clip(-most, 6)) << "as texts had it before";
  EXPECT_EQ(attributeText(Dense{2, true, Unary{UnaryKind::clip, {0, most}}, {}, {}}), "-> 2 clip 0 inf");
  EXPECT_TRUE(read("dense", "-> 2 clip 0 inf").op ==
              Op(Dense{2, true, Unary{UnaryKind::clip, {0, most}}, {}, {}}));
  EXPECT_EQ(attributeText(Pad{{1}, {1}, PadMode::fill, -most}), "before [1] behind [1] fill -inf");
  EXPECT_TRUE(read("pad", "before [1] behind [1] fill -inf").op == Op(Pad{{1}, {1}, PadMode::fill, -most}));
}

TEST(OpSyntax, OtherNumbersAreFinite) {
  EXPECT_THAT(read("leaky_relu", "-inf").complaints,
              ::testing::HasSubstr("too large or too small for an f32"));
  EXPECT_THAT(read("lrn", "alpha inf").complaints, ::testing::HasSubstr("a number: alpha"));
  EXPECT_THAT(read("concat", "axis -inf").complaints,
              ::testing::HasSubstr("must be a whole number, not -inf"));
}

TEST(OpSyntax, ListedAttributesComeInAnyOrder) {
  EXPECT_TRUE(read("lrn", "k 2 size 3").op == Op(Lrn{3, 1e-4f, 0.75f, 2}));
  EXPECT_TRUE(read("average_pool", "count_include_pad stride 2 ceil 3x3").op ==
              Op(AveragePool{{{3, 3}, {2, 2}, {1, 1}, {}}, PoolExtent::ceil, true}));
  EXPECT_TRUE(read("dense", "nobias relu -> 3").op == Op(Dense{3, false, Unary{UnaryKind::relu}, {}, {}}));
}

TEST(OpSyntax, PartsKnowWhereTheyStand) {
  Read pool = read("max_pool", "3x3 stride 2 pad 1,0,1,0 dilation 3");
  EXPECT_EQ(placeOf({Part::Kind::kernel}, pool.places), (SourceRange{1, 1, 3}));
  EXPECT_EQ(placeOf({Part::Kind::stride}, pool.places), (SourceRange{1, 12, 1}));
  EXPECT_EQ(placeOf({Part::Kind::pad}, pool.places), (SourceRange{1, 18, 7}));
  EXPECT_EQ(placeOf({Part::Kind::dilation}, pool.places), (SourceRange{1, 35, 1}));
  EXPECT_EQ(placeOf(Part::number("beta"), read("lrn", "size 5 beta 2").places), (SourceRange{1, 13, 1}));
  EXPECT_EQ(placeOf(Part::number("ratio"), read("dropout", "0.5").places), (SourceRange{1, 1, 3}));
  EXPECT_EQ(placeOf(Part::count(1), read("mlpconv", "[conv 1 -> 4, 16]").places), (SourceRange{1, 15, 2}));
  EXPECT_EQ(placeOf({Part::Kind::groups}, read("conv2d", "1 groups 2 -> 4").places), (SourceRange{1, 10, 1}));
  EXPECT_EQ(placeOf({Part::Kind::shape}, read("reshape", "[3, 4]").places), (SourceRange{1, 1, 6}));
}

TEST(OpSyntax, AnEpiloguesWindowHasPlacesOfItsOwn) {
  const OpPlaces places = read("mlpconv", "[conv 1 -> 4] max_pool 2x2 pad 1").places;
  EXPECT_EQ(placeOf({Part::Kind::kernel}, places), (SourceRange{1, 7, 1}));
  EXPECT_EQ(placeOf({.kind = Part::Kind::kernel, .ofEpilogue = true}, places), (SourceRange{1, 24, 3}));
  EXPECT_EQ(placeOf({.kind = Part::Kind::pad, .ofEpilogue = true}, places), (SourceRange{1, 32, 1}));
}

TEST(OpSyntax, OfAWindowsPartsThatWereLeftOutTheKernelIsToBlame) {
  EXPECT_EQ(placeOf({Part::Kind::pad}, read("max_pool", "3x3").places), (SourceRange{1, 1, 3}));
}

TEST(OpSyntax, OtherPartsThatWereLeftOutAreTheOps) {
  OpPlaces places = read("lrn", "size 3").places;
  places.spelling = {1, 5, 3};
  EXPECT_EQ(placeOf(Part::number("k"), places), places.spelling);
  EXPECT_EQ(placeOf(Part::operand(0), places), places.spelling);
}

} // namespace
} // namespace ninc::text
