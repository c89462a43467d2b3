// Resize and Upsample by their rules, by hand.
#include <gmock/gmock.h>

#include "OnnxFile.h"

namespace ninc::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(OnnxResize, ToTheNearestByWholeNumbers) {
  OnnxFile file;
  file.input("x", {1, 1, 1, 2}).output("y").weight("roi", {0}, {}).weight("s", {4}, {1, 1, 2, 3});
  onnx::NodeProto &resize = file.node("Resize", {"x", "roi", "s"}, {"y"});
  set(resize, "coordinate_transformation_mode", std::string("asymmetric"));
  set(resize, "nearest_mode", std::string("floor"));
  EXPECT_THAT(evaluate(import(file), {1, 2}), ElementsAre(1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2));
}

TEST(OnnxResize, LinearBySizesOfSomeAxes) {
  OnnxFile file(19);
  file.input("x", {0, 1, 1, 2}).output("y").weight("s", {4}).node("Resize", {"x", "", "", "s"}, {"y"});
  set(nodeOf(file), "axes", std::vector<std::int64_t>{3});
  set(nodeOf(file), "mode", std::string("linear"));
  const Imported imported = import(file, {.batch = 2});
  ASSERT_TRUE(imported.model) << imported.said;
  EXPECT_EQ(imported.model->batch, 2);
  EXPECT_THAT(evaluate(imported, {10, 20}), ElementsAre(10, 12.5f, 17.5f, 20));
}

TEST(OnnxResize, OfTheBatchHasNone) {
  OnnxFile file;
  file.input("x", {1, 2}).output("y").weight("s", {2}, {2, 1}).node("Resize", {"x", "", "s"}, {"y"});
  const Imported imported = import(file);
  EXPECT_THAT(imported.said, HasSubstr("the images of a batch meet at node 'y' (Resize)"));
  EXPECT_THAT(evaluate(imported, {1, 2}), ElementsAre(1, 2, 1, 2));
}

TEST(OnnxUpsample, IsAsymmetricAndTakesTheElementBelow) {
  OnnxFile file(9);
  file.input("x", {1, 1, 1, 2}).output("y").weight("s", {4}, {1, 1, 1, 1.5f});
  onnx::NodeProto &upsample = file.node("Upsample", {"x", "s"}, {"y"});
  EXPECT_THAT(evaluate(import(file), {1, 2}), ElementsAre(1, 1, 2)); // at 0, 2/3, 4/3
  set(upsample, "mode", std::string("linear"));
  EXPECT_THAT(evaluate(import(file), {0, 3}), ElementsAre(0, 2, 3));
}

TEST(OnnxResize, SaysWhichRulesThereAre) {
  OnnxFile file;
  file.input("x", {1, 1, 1, 2}).output("y").weight("s", {4}, {1, 1, 1, 2});
  onnx::NodeProto &resize = file.node("Resize", {"x", "", "s"}, {"y"});
  set(resize, "coordinate_transformation_mode", std::string("half_moon"));
  EXPECT_THAT(import(file).said,
              HasSubstr("its coordinate_transformation_mode is 'half_moon'; 'half_pixel', "));
}

TEST(OnnxResize, BySizesOfTheBatchThatTheyWereWrittenFor) {
  OnnxFile file;
  file.input("x", {1, 1, 2}).output("y").weight("s", {1, 1, 4}).node("Resize", {"x", "", "", "s"}, {"y"});
  const Imported imported = import(file, {.batch = 3});
  ASSERT_TRUE(imported.model) << imported.said;
  EXPECT_EQ(imported.model->batch, 3);
  EXPECT_THAT(evaluate(imported, {1, 2}), ElementsAre(1, 1, 2, 2));
}

// ---- cropping

// A row of x cropped from `start` to `end` to so many elements.
OnnxFile cropping(std::int64_t from, float start, float end, std::int64_t size, float outside = 0) {
  OnnxFile file;
  file.input("x", {1, from}).output("y").weight("roi", {4}, {0, start, 1, end}).weight("s", {1, size});
  onnx::NodeProto &resize = file.node("Resize", {"x", "roi", "", "s"}, {"y"});
  set(resize, "mode", std::string("linear"));
  set(resize, "coordinate_transformation_mode", std::string("tf_crop_and_resize"));
  set(resize, "extrapolation_value", outside);
  return file;
}

TEST(OnnxResize, CropsAndResizes) {
  EXPECT_THAT(evaluate(import(cropping(5, 0.25f, 0.75f, 5)), {0, 10, 20, 40, 80}),
              ElementsAre(10, 15, 20, 30, 40)); // at 1, 1.5, 2, 2.5, 3
  EXPECT_THAT(evaluate(import(cropping(3, 1, 0, 3)), {1, 2, 3}), ElementsAre(3, 2, 1));
  EXPECT_THAT(evaluate(import(cropping(3, 0, 1, 1)), {1, 2, 3}), ElementsAre(2)) << "halfway";
}

TEST(OnnxResize, PutsANumberWhereACropIsOutside) {
  EXPECT_THAT(evaluate(import(cropping(3, -0.5f, 1.5f, 5, 7)), {1, 2, 3}),
              ElementsAre(7, 1, 2, 3, 7)); // at -1, 0, 1, 2, 3
  EXPECT_THAT(evaluate(import(cropping(3, 2, 3, 2, 7)), {1, 2, 3}), ElementsAre(7, 7)) << "all of it";
  EXPECT_THAT(evaluate(import(cropping(3, 2, 3, 2)), {1, 2, 3}), ElementsAre(0, 0));
  EXPECT_THAT(evaluate(import(cropping(3, 1.5f, 0.5f, 3)), {1, 2, 3}), ElementsAre(0, 3, 2));
}

TEST(OnnxResize, ByScalesOfWhatACropLeaves) {
  OnnxFile file;
  file.input("x", {1, 8}).output("y").weight("roi", {4}, {0, 0, 1, 0.5f}).weight("s", {2}, {1, 0.5f});
  set(file.node("Resize", {"x", "roi", "s"}, {"y"}), "coordinate_transformation_mode",
      std::string("tf_crop_and_resize"));
  EXPECT_THAT(evaluate(import(file), {0, 1, 2, 3, 4, 5, 6, 7}), ElementsAre(0, 3)) // 2 elements, at 0 and 3.5
      << "of which the lower is the nearest";
}

TEST(OnnxResize, NamesAScaleThatLeavesNothingOrTooMuch) {
  for (const auto &[scale, said] :
       {std::pair(1e9F, "its scale 1000000000 makes nothing, or too much, of axis 1 of [1, 8]"),
        std::pair(-2.0F, "its scale -2 makes"), std::pair(0.0F, "its scale 0 makes")}) {
    OnnxFile file;
    file.input("x", {1, 8}).output("y").weight("s", {2}, {1, scale}).node("Resize", {"x", "", "s"}, {"y"});
    EXPECT_THAT(import(file).said, HasSubstr(said));
  }
}

TEST(OnnxResize, RefusesARoiThatIsNone) {
  OnnxFile file = cropping(3, 0, 1, 2);
  file.model.mutable_graph()->mutable_node(0)->set_input(1, "");
  EXPECT_THAT(import(file).said, HasSubstr("it has no input number 1"));
  EXPECT_THAT(import(cropping(3, 0, 1e30f, 2)).said, HasSubstr("resize roi 1e+30 is beyond all bounds"));
  OnnxFile few = cropping(3, 0, 1, 2);
  few.weight("roi2", {2}, {0, 1}).model.mutable_graph()->mutable_node(0)->set_input(1, "roi2");
  EXPECT_THAT(import(few).said, HasSubstr("its roi has 2 numbers for 2 dimensions"));
}

} // namespace
} // namespace ninc::testing
