#include "tests/unit/tuner/Specs.h"

#include <gtest/gtest.h>
#include <set>

#include "codegen/schedule/ScheduleText.h"
#include "codegen/target/Targets.h"
#include "tests/support/SpecOf.h"

namespace ninc::testing {

namespace {

KernelSpec specFor(const Op &op, const TensorType &input, const char *target) {
  return specOf(op, {input}, parseTarget(target).value(), Layout::hwc);
}

} // namespace

KernelSpec mlpconvSpec(std::vector<std::int64_t> outputs, std::int64_t channels, std::int64_t extent,
                       const char *target, Epilogue epilogue) {
  Mlpconv op;
  for (std::int64_t maps : outputs) {
    Window window;
    if (op.layers.empty()) window = {{3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}};
    op.layers.push_back({maps, window, 1, true, Unary{UnaryKind::relu}, nullptr, nullptr});
  }
  op.epilogue = std::move(epilogue);
  return specFor(op, {ElementType::f32, {channels, extent, extent}, Layout::hwc}, target);
}

KernelSpec poolSpec(const char *target) {
  return specFor(MaxPool{{{3, 3}, {2, 2}, {1, 1}, {}}, PoolExtent::ceil},
                 {ElementType::f32, {32, 15, 15}, Layout::hwc}, target);
}

KernelSpec denseSpec(const char *target) {
  return specFor(Dense{100, true, {}, nullptr, nullptr}, {ElementType::f32, {64}, Layout::chw}, target);
}

KernelSpec onDevice(KernelSpec spec, const char *device, std::int64_t images) {
  spec.target = parseTargets(std::string("host+") + device).value().devices.front();
  spec.images = images;
  return spec;
}

void expectWorthTrying(const KernelSpec &spec, const std::vector<RankedSchedule> &ranked, std::size_t count) {
  SCOPED_TRACE(toString(spec));
  ASSERT_FALSE(ranked.empty());
  EXPECT_LE(ranked.size(), count);
  EXPECT_EQ(ranked.front().schedule, defaultSchedule(spec));
  std::set<std::string> texts;
  for (const auto &[schedule, cycles] : ranked) {
    const std::string text = toString(schedule);
    const Result<void> legal = checkLegal(spec, schedule);
    EXPECT_TRUE(legal) << text << ": " << legal.error().message;
    EXPECT_TRUE(texts.insert(text).second) << text;
    EXPECT_EQ(parseSchedule(text), schedule) << text;
  }
}

} // namespace ninc::testing
