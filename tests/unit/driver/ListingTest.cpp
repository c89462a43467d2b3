// What `ninc show` and others tell of a model.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>

#include "driver/ModelListing.h"
#include "driver/ProgramListing.h"
#include "tests/unit/driver/Scene.h"

namespace ninc {
namespace {

using testing::ElementsAre;

class Listing : public Scene {};

TEST_F(Listing, OfAModelHasARowALayer) {
  const ModelListing listing =
      listModel(readModel(write("m.nin", "model m\nweights random seed 1\nx = input f32[2, 6, 6]\n"
                                         "c = conv2d x 3x3 pad 1 -> 4\nr = relu c\noutput c, r\n"),
                          {.weights = WeightLoading::skip}, listener())
                    ->graph);
  EXPECT_EQ(listing.name, "m");
  ASSERT_EQ(listing.layers.size(), 3u);
  EXPECT_EQ(listing.layers[1].name, "c");
  EXPECT_THAT(listing.layers[1].shapes, ElementsAre(Shape{4, 6, 6}));
  EXPECT_EQ(listing.layers[1].parameters, 4 * 2 * 9 + 4);
  EXPECT_EQ(listing.layers[1].macs, 4 * 6 * 6 * 2 * 9);
  EXPECT_EQ(listing.layers[2].parameters, 0);
  EXPECT_EQ(listing.parameters, 4 * 2 * 9 + 4);
  EXPECT_EQ(listing.macs, 4 * 6 * 6 * 2 * 9);
  EXPECT_THAT(listing.outputs, ElementsAre("c", "r"));
}

TEST_F(Listing, OfAProgramHasTheKernelsOfEachTarget) {
  Request wish = request();
  wish.target = "x86-64-v3+opencl";
  wish.batch = 4;
  const Build build = resolve(wish).value();
  const Graph optimised = optimise(small(), listener()).value();
  const Result<std::vector<TargetListing>> targets = listProgram({&optimised, 1}, build, {});
  ASSERT_TRUE(targets) << targets.error().message;
  ASSERT_EQ(targets->size(), 2u);
  const TargetListing &cpu = targets->front(), &device = targets->back();
  EXPECT_EQ(cpu.target, "x86-64-v3");
  ASSERT_EQ(cpu.kernels.size(), 1u);
  EXPECT_EQ(cpu.kernels[0].name, "prob");
  EXPECT_EQ(4 % cpu.kernels[0].calls, 0) << "a call computes some images of the batch";
  EXPECT_TRUE(cpu.kernels[0].launches.empty());
  EXPECT_EQ(device.target, "opencl");
  EXPECT_TRUE(device.isDevice);
  ASSERT_EQ(device.kernels.size(), 1u);
  EXPECT_FALSE(device.kernels[0].launches.empty());
}

TEST_F(Listing, OfAProgramTakesTheUsersSchedules) {
  ScheduleSources schedules;
  schedules.file = "s.txt";
  schedules.text = std::string("prob: ") + direct + "\n";
  const Build build = resolve(request()).value();
  const Graph optimised = optimise(small(), listener()).value();
  EXPECT_EQ(listProgram({&optimised, 1}, build, schedules)->front().kernels[0].schedule, direct);
  schedules.text = "prob\n";
  EXPECT_EQ(listProgram({&optimised, 1}, build, schedules).error().message,
            "s.txt:1: expected NAME: SCHEDULE");
}

} // namespace
} // namespace ninc
