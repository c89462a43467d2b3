// Every pass, on hundreds of random models: the graph stays sound, what keeps its name keeps its numbers, the
// signature stays, its text reads back, and "changed" is the truth. A model on which that fails is shrunk and
// printed.
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "frontend/text/Parser.h"
#include "ir/Printer.h"
#include "ir/Verifier.h"
#include "ir/interpreter/Interpreter.h"
#include "passes/Passes.h"
#include "tests/support/RandomGraph.h"

namespace ninc {
namespace {

using testing::randomGraph;
using testing::randomInputs;

constexpr std::uint64_t modelsPerTest = 400;

// Folding changes the order of sums; relative to a tensor's largest element that costs rounding only.
constexpr double tolerance = 1e-4;

// Attributes and structure as text, and which tensors are bound where: what "unchanged" means.
std::string fingerprint(const Graph &graph) {
  return print(graph);
}

std::string differenceOf(const std::string &name, const Tensor &before, const Tensor &after) {
  if (before.shape != after.shape)
    return fmt::format("'{}' has shape {} instead of {}", name, toString(after.shape),
                       toString(before.shape));
  double largest = 1;
  for (float value : before.data)
    largest = std::max(largest, std::abs(static_cast<double>(value)));
  for (std::size_t i = 0; i < before.data.size(); ++i)
    if (!(std::abs(static_cast<double>(before.data[i]) - after.data[i]) <= tolerance * largest))
      return fmt::format("'{}'[{}] is {} instead of {}", name, i, after.data[i], before.data[i]);
  return {};
}

std::string signatureOf(const Graph &graph) {
  std::string text;
  for (Node node : graph.inputs())
    text += fmt::format("{} {} ", graph.name(graph.result(node)), toString(graph.type(graph.result(node))));
  for (Value output : graph.outputs())
    text += fmt::format("-> {} {} ", graph.name(output), toString(graph.type(output)));
  return text;
}

// What is wrong between a graph and what became of it, or nothing.
std::string differenceOf(const Graph &before, const Graph &after) {
  if (signatureOf(before) != signatureOf(after))
    return fmt::format("signature {} instead of {}", signatureOf(after), signatureOf(before));
  std::map<std::string, Tensor> inputs = randomInputs(before, 1);
  auto expected = evaluateAll(before, inputs), actual = evaluateAll(after, inputs);
  if (!expected) return {}; // the model is at fault, not the pass
  if (!actual) return actual.error().message;
  for (const auto &[name, tensor] : *actual)
    if (auto found = expected->find(name); found != expected->end())
      if (std::string difference = differenceOf(name, found->second, tensor); !difference.empty())
        return difference;
  return {};
}

// What the graph's text is read as, if that prints as something else; or nothing.
std::string differenceOfText(const Graph &graph) {
  const std::string text = print(graph);
  Diagnostics diagnostics;
  const std::optional<Graph> again = parseModel(text, diagnostics);
  if (!again) return fmt::format("can't be read: {}", render(diagnostics, "", text));
  return print(*again) == text ? "" : fmt::format("is read as\n{}", print(*again));
}

// What the pipeline does wrong to a graph, or nothing. Each pass gets what the ones before it made.
std::string complaintAbout(const Graph &original) {
  Graph graph = original.clone();
  for (const Pass &pass : allPasses()) {
    Graph before = graph.clone();
    Diagnostics diagnostics;
    PassContext context{diagnostics};
    bool changed = pass.run(graph, context);
    std::string complaint;
    for (const Violation &violation : verify(graph))
      complaint = fmt::format("violates invariant {}: {}", violation.invariant, violation.message);
    if (complaint.empty() && changed != (fingerprint(before) != fingerprint(graph)))
      complaint = fmt::format("says changed = {}", changed);
    if (complaint.empty()) complaint = differenceOf(before, graph);
    if (complaint.empty()) complaint = differenceOfText(graph);
    if (!complaint.empty())
      return fmt::format("{} {}\nbefore:\n{}after:\n{}", pass.name, complaint, print(before), print(graph));
  }
  return {};
}

TEST(PassesPreserveMeaning, OfRandomModels) {
  for (std::uint64_t seed = 0; seed < modelsPerTest; ++seed) {
    Graph graph = randomGraph(seed);
    if (complaintAbout(graph).empty()) continue;
    Graph shrunk =
        testing::shrink(graph, [](const Graph &smaller) { return !complaintAbout(smaller).empty(); });
    FAIL() << "seed " << seed << " shrunk:\n" << print(shrunk) << "\n" << complaintAbout(shrunk);
  }
}

TEST(PassesPreserveMeaning, OfLongRandomModels) {
  for (std::uint64_t seed = 1000; seed < 1050; ++seed) {
    Graph graph = randomGraph(seed, {.ops = 60});
    std::string complaint = complaintAbout(graph);
    ASSERT_EQ(complaint, "") << "seed " << seed;
  }
}

TEST(PassesPreserveMeaning, WithoutWeightsTheGraphStaysSound) {
  for (std::uint64_t seed = 0; seed < modelsPerTest; ++seed) {
    Graph graph = randomGraph(seed);
    testing::unbindParameters(graph);
    std::string signature = signatureOf(graph);
    Diagnostics diagnostics;
    PassContext context{diagnostics};
    Result<void> done = runPipeline(graph, context);
    ASSERT_TRUE(done) << "seed " << seed << ": " << done.error().message;
    ASSERT_EQ(signatureOf(graph), signature) << "seed " << seed;
  }
}

// The tests above prove nothing about a pass that has nothing to do.
TEST(PassesPreserveMeaning, EveryPassFindsWorkInRandomModels) {
  std::map<std::string_view, int> changes;
  for (std::uint64_t seed = 0; seed < modelsPerTest; ++seed) {
    Graph graph = randomGraph(seed);
    Diagnostics diagnostics;
    PassContext context{diagnostics};
    std::vector<PassTiming> timings;
    ASSERT_TRUE(runPipeline(graph, context, {}, &timings));
    for (const PassTiming &timing : timings)
      changes[timing.name] += timing.changed ? 1 : 0;
  }
  // Canonicalize removes the dead code a model comes with, and passes sweep up behind themselves.
  changes.erase("eliminate-dead-code");
  for (const auto &[name, count] : changes)
    EXPECT_GE(count, 2) << name;
}

// A pass whose second run finds work has left something behind the first time.
TEST(PassesPreserveMeaning, ASecondRunOfAPassFindsNothing) {
  for (std::uint64_t seed = 0; seed < modelsPerTest; ++seed) {
    Graph graph = randomGraph(seed);
    Diagnostics diagnostics;
    PassContext context{diagnostics};
    for (const Pass &pass : allPasses()) {
      pass.run(graph, context);
      std::string once = print(graph);
      ASSERT_FALSE(pass.run(graph, context)) << pass.name << ", seed " << seed << "\nonce:\n"
                                             << once << "twice:\n"
                                             << print(graph);
    }
  }
}

} // namespace
} // namespace ninc
