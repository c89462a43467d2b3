#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "passes/Passes.h"
#include "tests/support/RandomGraph.h"

namespace ninc {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> names(std::span<const Pass> passes) {
  std::vector<std::string> found;
  for (const Pass &pass : passes)
    found.emplace_back(pass.name);
  return found;
}

TEST(Pipeline, FoldsBeforeItFusesAndFusesBeforeItLaysOut) {
  EXPECT_THAT(names(allPasses()),
              ElementsAre("canonicalize", "fold-constants", "lift-transposes", "sink-transposes",
                          "sink-reshapes", "fold-moves", "fold-pads", "recognise-functions",
                          "eliminate-common-subexpressions", "fold-batch-norm", "fold-linear-maps",
                          "fuse-activation", "fuse-mlpconv", "absorb-pool", "merge-gap", "fuse-pointwise",
                          "eliminate-dead-code", "split-concat", "assign-layouts"));
}

TEST(Pipeline, TimesEveryPassAndSaysWhetherItChangedTheGraph) {
  Graph graph("net");
  Node x = *graph.append(Input{{ElementType::f32, {4}, Layout::chw}}, {}, {"x"});
  Value input = graph.result(x);
  Node d = *graph.append(Dropout{}, {&input, 1}, {"d"});
  Value dropped = graph.result(d);
  Node y = *graph.append(Unary{UnaryKind::relu}, {&dropped, 1}, {"y"});
  ASSERT_TRUE(graph.addOutput(graph.result(y)));

  Diagnostics diagnostics;
  PassContext context{diagnostics};
  std::vector<PassTiming> timings;
  ASSERT_TRUE(runPipeline(graph, context, {}, &timings));
  ASSERT_EQ(timings.size(), allPasses().size());
  for (const PassTiming &timing : timings) {
    EXPECT_EQ(timing.changed, timing.name == "canonicalize") << timing.name;
    EXPECT_GE(timing.seconds, 0);
  }
}

TEST(Pipeline, ShowsTheGraphAfterEachPass) {
  Graph graph = testing::randomGraph(3);
  Diagnostics diagnostics;
  PassContext context{diagnostics};
  std::vector<std::string> shown;
  PipelineOptions options;
  options.afterPass = [&](const Pass &pass, const Graph &, bool) { shown.emplace_back(pass.name); };
  ASSERT_TRUE(runPipeline(graph, context, options));
  EXPECT_EQ(shown, names(allPasses()));
}

TEST(Pipeline, NamesThePassAfterWhichAnInvariantIsViolated) {
  Graph graph("net"); // no output: invariant 6
  ASSERT_TRUE(graph.append(Input{{ElementType::f32, {4}, Layout::chw}}, {}, {"x"}));
  Diagnostics diagnostics;
  PassContext context{diagnostics};
  Result<void> done = runPipeline(graph, context);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::internal);
  EXPECT_THAT(done.error().message, HasSubstr("pass canonicalize"));
  EXPECT_THAT(done.error().message, HasSubstr("invariant 6"));

  PipelineOptions trusting;
  trusting.verifyEach = false;
  EXPECT_TRUE(runPipeline(graph, context, trusting));
}

} // namespace
} // namespace ninc
