// Operators that move elements, by hand.
#include <gmock/gmock.h>

#include "OnnxFile.h"

namespace ninc::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(OnnxTranspose, PutsChannelsFirst) {
  OnnxFile file = fileOf("Transpose", {1, 2, 1, 2});
  set(nodeOf(file), "perm", std::vector<std::int64_t>{0, 3, 1, 2});
  EXPECT_THAT(evaluate(import(file), {1, 2, 3, 4}), ElementsAre(1, 3, 2, 4));
}

TEST(OnnxTranspose, OfMoreDimensionsThanAGraphHasIsTakenInSteps) {
  // [c, b1, b2, h, w] to [c, h, b1, w, b2], with c = 2 and a block of 2.
  OnnxFile file = fileOf("DepthToSpace", {1, 8, 2, 1});
  set(nodeOf(file), "blocksize", std::int64_t{2});
  set(nodeOf(file), "mode", std::string("CRD"));
  EXPECT_THAT(evaluate(import(file), {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}),
              ElementsAre(0, 2, 4, 6, 1, 3, 5, 7, 8, 10, 12, 14, 9, 11, 13, 15));
}

TEST(OnnxDepthToSpace, IsUndoneBySpaceToDepth) {
  OnnxFile file;
  file.input("x", {1, 8, 1, 2}).output("y");
  set(file.node("DepthToSpace", {"x"}, {"z"}), "blocksize", std::int64_t{2});
  set(file.node("SpaceToDepth", {"z"}, {"y"}), "blocksize", std::int64_t{2});
  const std::vector<float> numbers{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  EXPECT_EQ(evaluate(import(file), numbers), numbers);
}

TEST(OnnxSpaceToDepth, MayHaveChannelsOutside) {
  OnnxFile file = fileOf("SpaceToDepth", {1, 2, 1, 2}, 28);
  set(nodeOf(file), "blocksize", std::int64_t{1});
  set(nodeOf(file), "mode", std::string("CRD"));
  EXPECT_THAT(evaluate(import(file), {1, 2, 3, 4}), ElementsAre(1, 2, 3, 4));
  file = fileOf("SpaceToDepth", {1, 2, 2, 2}, 28);
  set(nodeOf(file), "blocksize", std::int64_t{2});
  EXPECT_THAT(evaluate(import(file), {1, 2, 3, 4, 5, 6, 7, 8}), ElementsAre(1, 5, 2, 6, 3, 7, 4, 8));
  set(nodeOf(file), "mode", std::string("CRD"));
  EXPECT_THAT(evaluate(import(file), {1, 2, 3, 4, 5, 6, 7, 8}), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
}

TEST(OnnxSlice, TakesPartsOfSeveralDimensions) {
  OnnxFile file;
  file.input("x", {1, 2, 3}).output("y").weight("s", {1, -2}).weight("e", {2, 100}).weight("a", {1, 2});
  file.node("Slice", {"x", "s", "e", "a"}, {"y"});
  EXPECT_THAT(evaluate(import(file), {1, 2, 3, 4, 5, 6}), ElementsAre(5, 6));
}

TEST(OnnxSlice, GoesBackwards) {
  OnnxFile file;
  file.input("x", {0, 5})
      .output("y")
      .weight("s", {-1})
      .weight("e", {-100})
      .weight("a", {1})
      .weight("t", {-2});
  file.node("Slice", {"x", "s", "e", "a", "t"}, {"y"});
  const Imported imported = import(file, {.batch = 3});
  ASSERT_TRUE(imported.model) << imported.said;
  EXPECT_EQ(imported.model->batch, 3);
  EXPECT_THAT(evaluate(imported, {1, 2, 3, 4, 5}), ElementsAre(5, 3, 1));
}

TEST(OnnxSplit, NamesPartsThatArentTheWhole) {
  OnnxFile file;
  file.input("x", {1, 6}).output("a").output("b").weight("parts", {2, 5});
  set(file.node("Split", {"x", "parts"}, {"a", "b"}), "axis", std::int64_t{1});
  EXPECT_THAT(import(file).said, HasSubstr("its parts [2, 5] aren't axis 1 of [1, 6] cut into 2"));
}

TEST(OnnxSplit, HasTheSmallerPartLast) {
  OnnxFile file(18);
  file.input("x", {1, 5}).output("b");
  onnx::NodeProto &split = file.node("Split", {"x"}, {"a", "b"});
  set(split, "axis", std::int64_t{1});
  set(split, "num_outputs", std::int64_t{2});
  EXPECT_THAT(evaluate(import(file), {1, 2, 3, 4, 5}), ElementsAre(4, 5));
}

TEST(OnnxGather, OfAKnownIndex) {
  OnnxFile file;
  file.input("x", {1, 3, 2}).output("y").weight("i", {-1, 0, 1});
  set(file.node("Gather", {"x", "i"}, {"y"}), "axis", std::int64_t{1});
  EXPECT_THAT(evaluate(import(file), {1, 2, 3, 4, 5, 6}), ElementsAre(5, 6, 1, 2, 3, 4));
}

TEST(OnnxGather, OfKnownIndicesInRows) {
  OnnxFile file;
  file.input("x", {1, 3, 2}).output("y");
  onnx::TensorProto &indices = *file.weight("i", {2, 0, 1, 1}).model.mutable_graph()->mutable_initializer(0);
  indices.clear_dims();
  indices.add_dims(2);
  indices.add_dims(2);
  set(file.node("Gather", {"x", "i"}, {"y"}), "axis", std::int64_t{1});
  const Imported imported = import(file);
  EXPECT_THAT(evaluate(imported, {1, 2, 3, 4, 5, 6}), ElementsAre(5, 6, 1, 2, 3, 4, 3, 4));
  EXPECT_EQ(imported.model->graph.type(imported.model->graph.outputs()[0]).shape, (Shape{2, 2, 2}));
}

TEST(OnnxPad, PutsANumberAroundOrCutsOff) {
  OnnxFile file;
  file.input("x", {1, 3})
      .output("y")
      .weight("p", {0, 2, 0, -1})
      .weight("n", {}, {7})
      .node("Pad", {"x", "p", "n"}, {"y"});
  EXPECT_THAT(evaluate(import(file), {1, 2, 3}), ElementsAre(7, 7, 1, 2));
}

} // namespace
} // namespace ninc::testing
