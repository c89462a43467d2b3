// Runs the passes one after another. What happens between two passes is the same for all of them and is
// told here once: the clock, the verifier, the dump.
#include <chrono>
#include <fmt/format.h>

#include "ir/Verifier.h"
#include "passes/LoweredGraph.h"
#include "passes/Passes.h"
#include "passes/Tidy.h"

namespace ninc {

namespace {

constexpr Pass pipeline[] = {
#define NINC_PASS(function, name) Pass{name, function},
#include "passes/Passes.def"
};

Result<void> checkAfter(const Pass &pass, const Graph &graph) {
  std::vector<Violation> violations = verify(graph);
  if (violations.empty()) return {};
  std::string text = fmt::format("pass {} left an unsound graph:", pass.name);
  for (const Violation &violation : violations)
    text += fmt::format("\n  invariant {}: {}", violation.invariant, violation.message);
  return failInternal(std::move(text));
}

// The passes before kernels again, until they find nothing: so a model that was written down after them
// (`ninc import`) is compiled to the same.
Result<void> settleAll(Graph &graph, PassContext &context, const PipelineOptions &options) {
  Result<void> sound;
  settle(graph, context, [&](const Pass &pass) {
    if (!sound) return;
    if (options.afterPass) options.afterPass(pass, graph, true);
    if (options.verifyEach) sound = checkAfter(pass, graph);
  });
  return sound;
}

} // namespace

std::span<const Pass> allPasses() {
  return pipeline;
}

Result<void> runPipeline(Graph &graph, PassContext &context, const PipelineOptions &options,
                         std::vector<PassTiming> *timings) {
  using Clock = std::chrono::steady_clock;
  for (const Pass &pass : pipeline) {
    if (pass.run == fuseMlpconv) // what stands before it has run once
      if (Result<void> sound = settleAll(graph, context, options); !sound) return sound;
    Clock::time_point start = Clock::now();
    bool changed = pass.run(graph, context);
    std::chrono::duration<double> elapsed = Clock::now() - start;
    if (timings) timings->push_back({pass.name, elapsed.count(), changed});
    // Dumped before it is judged: an unsound graph is the one a developer most wants to see.
    if (options.afterPass) options.afterPass(pass, graph, changed);
    if (options.verifyEach)
      if (Result<void> sound = checkAfter(pass, graph); !sound) return sound;
  }
  return options.verifyEach ? checkPromises(graph) : Result<void>{};
}

} // namespace ninc
