// Comparisons of what is computed, and choices by them.
#include <cmath>
#include <gmock/gmock.h>
#include <limits>

#include "OnnxFile.h"

namespace ninc::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr float nan = std::numeric_limits<float>::quiet_NaN();

// x compared with the numbers 0, 1, 2 as floats.
std::vector<float> compared(const std::string &op, const std::vector<float> &x) {
  OnnxFile file;
  file.input("x", {1, 3}).output("y").weight("w", {1, 3}, {0, 1, 2});
  file.node(op, {"x", "w"}, {"t"});
  set(file.node("Cast", {"t"}, {"y"}), "to", std::int64_t{onnx::TensorProto::FLOAT});
  return evaluate(import(file), x);
}

TEST(OnnxComparisons, Are0And1) {
  const std::vector<float> x{-1, 1, 3};
  EXPECT_THAT(compared("Less", x), ElementsAre(1, 0, 0));
  EXPECT_THAT(compared("LessOrEqual", x), ElementsAre(1, 1, 0));
  EXPECT_THAT(compared("Equal", x), ElementsAre(0, 1, 0));
  EXPECT_THAT(compared("Greater", x), ElementsAre(0, 0, 1));
  EXPECT_THAT(compared("GreaterOrEqual", x), ElementsAre(0, 1, 1));
}

TEST(OnnxComparisons, OfNoNumberDontHold) {
  for (const char *op : {"Less", "LessOrEqual", "Equal", "Greater", "GreaterOrEqual"})
    EXPECT_THAT(compared(op, {nan, nan, nan}), ElementsAre(0, 0, 0)) << op;
}

TEST(OnnxComparisons, MayBeOutputs) {
  OnnxFile file;
  file.input("x", {0, 2}).output("y").weight("w", {}, {1});
  file.node("Greater", {"x", "w"}, {"y"});
  const Imported imported = import(file, {.batch = 2});
  EXPECT_THAT(evaluate(imported, {1, 2}), ElementsAre(0, 1));
  EXPECT_THAT(imported.said, HasSubstr("output 'y' is of booleans: 0 and 1 as floats"));
}

TEST(OnnxLogic, MayBeExclusive) {
  OnnxFile file;
  file.input("x", {1, 3}).output("y").weight("low", {}, {0}).weight("high", {}, {2});
  file.node("Greater", {"x", "low"}, {"a"});
  file.node("Greater", {"x", "high"}, {"b"});
  file.node("Xor", {"a", "b"}, {"y"});
  EXPECT_THAT(evaluate(import(file), {-1, 1, 3}), ElementsAre(0, 1, 0));
}

TEST(OnnxLogic, IsOfTruths) {
  OnnxFile file;
  file.input("x", {1, 4}).output("y").weight("low", {}, {0}).weight("high", {}, {2}).weight("nine", {}, {9});
  file.node("Greater", {"x", "low"}, {"a"});
  file.node("Less", {"x", "high"}, {"b"});
  file.node("And", {"a", "b"}, {"between"});
  file.node("Equal", {"x", "nine"}, {"c"});
  file.node("Or", {"between", "c"}, {"d"});
  file.node("Not", {"d"}, {"y"});
  EXPECT_THAT(evaluate(import(file), {-1, 1, 3, 9}), ElementsAre(1, 0, 1, 0));
  OnnxFile floats;
  floats.input("x", {1, 2}).output("y").node("Not", {"x"}, {"y"});
  EXPECT_THAT(import(floats).said, HasSubstr("its input number 0 is no boolean"));
}

TEST(OnnxCast, ToBooleansIsAllBut0) {
  OnnxFile file;
  file.input("x", {1, 3}).output("y");
  set(file.node("Cast", {"x"}, {"t"}), "to", std::int64_t{onnx::TensorProto::BOOL});
  file.node("Not", {"t"}, {"y"});
  EXPECT_THAT(evaluate(import(file), {-2, 0, nan}), ElementsAre(0, 1, 0));
}

TEST(OnnxCastLike, TakesTheOthersType) {
  OnnxFile file;
  file.input("x", {1, 2}).output("y").weight("w", {3});
  file.node("CastLike", {"w", "x"}, {"three"}); // an integer to a float, as that is one
  file.node("Mul", {"x", "three"}, {"y"});
  EXPECT_THAT(evaluate(import(file), {1, 2}), ElementsAre(3, 6));
}

TEST(OnnxWhere, ChoosesByAComparison) {
  OnnxFile file;
  file.input("x", {0, 3}).output("y").weight("w", {}, {0}).weight("v", {3}, {10, 20, 30});
  file.node("Greater", {"x", "w"}, {"t"});
  file.node("Where", {"t", "x", "v"}, {"y"});
  const Imported imported = import(file, {.batch = 2});
  ASSERT_TRUE(imported.model) << imported.said;
  EXPECT_EQ(imported.model->batch, 2);
  EXPECT_THAT(evaluate(imported, {1, -2, 3}), ElementsAre(1, 20, 3));
}

TEST(OnnxWhere, LeavesNothingOfWhatIsNotChosen) {
  OnnxFile file;
  file.input("x", {1, 3}).output("y").weight("w", {}, {1});
  file.node("Less", {"x", "w"}, {"t"});
  file.node("Log", {"x"}, {"l"}); // no number below 0
  file.node("Where", {"t", "w", "l"}, {"y"});
  EXPECT_THAT(evaluate(import(file), {-1, 0, 1}), ElementsAre(1, 1, 0));
}

TEST(OnnxWhere, ChoosesByWhatIsKnown) { // a mask, as of an attention
  OnnxFile file;
  file.input("x", {1, 1, 3}).output("y").weight("w", {}, {-std::numeric_limits<float>::infinity()});
  onnx::TensorProto &mask = *file.weight("m", {1, 0, 1}).model.mutable_graph()->mutable_initializer(1);
  mask.set_data_type(onnx::TensorProto::BOOL);
  for (const std::int64_t each : mask.int64_data())
    mask.add_int32_data(static_cast<std::int32_t>(each));
  mask.clear_int64_data();
  file.node("Where", {"m", "x", "w"}, {"s"});
  set(file.node("Softmax", {"s"}, {"y"}), "axis", std::int64_t{-1});
  EXPECT_THAT(evaluate(import(file), {1, 5, 1}), ElementsAre(0.5f, 0, 0.5f));
}

TEST(OnnxWhere, BetweenTruthsIsOne) {
  OnnxFile file;
  file.input("x", {1, 2}).output("y").weight("w", {}, {1}).weight("v", {}, {3});
  file.node("Less", {"x", "w"}, {"a"});
  file.node("Less", {"x", "v"}, {"b"});
  file.node("Where", {"a", "a", "b"}, {"c"});
  file.node("Not", {"c"}, {"y"});
  EXPECT_THAT(evaluate(import(file), {2, 4}), ElementsAre(0, 1));
}

} // namespace
} // namespace ninc::testing
