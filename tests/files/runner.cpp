// File tests: a `.nin` text, what to do with it, and what must come out, all in one file.
//
//   # RUN: pass fuse-activation          the command, in the first line
//   model m                              the text
//   ...
//   # ---                                from here on: the expected output, one comment a line
//   # model m
//
// Commands: `parse` prints the graph as it was read; `pass NAME[,NAME...]` runs these passes one after
// another and prints their remarks and the graph; `passes` runs the whole pipeline. Weights are bound before
// passes run. A text that is wrong has its diagnostics as its output.
//
// Whatever the command, every graph that is printed must be sound (ir/Verifier.h) and read back to the same
// text, and a pass must say "changed" exactly if it changed the graph.
//
// file_tests FILE...           checks; exit code 1 if anything differs
// file_tests --update FILE...  writes the actual output into the files; the rules above still hold
#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "frontend/text/Parser.h"
#include "ir/Printer.h"
#include "ir/Verifier.h"
#include "ir/Weights.h"
#include "passes/Passes.h"
#include "support/Files.h"
#include "support/Spelling.h"

namespace {

using namespace ninc;

constexpr std::string_view runMark = "# RUN: ";
constexpr std::string_view expectationMark = "# ---\n";

struct FileTest {
  std::string text;    // all up to the expectation: line numbers in diagnostics are the file's
  std::string command; // "pass"
  std::vector<std::string> passes;
  std::string expected; // without comment marks
};

std::vector<std::string> splitAt(std::string_view text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream{std::string(text)};
  for (std::string part; std::getline(stream, part, separator);)
    parts.push_back(part);
  return parts;
}

std::string commented(std::string_view output) {
  std::string text;
  for (const std::string &line : splitAt(output, '\n'))
    text += line.empty() ? "#\n" : "# " + line + "\n";
  return text;
}

std::string uncommented(std::string_view comments) {
  std::string text;
  for (std::string line : splitAt(comments, '\n')) {
    line.erase(0, line.starts_with("# ") ? 2 : line.starts_with("#") ? 1 : 0);
    text += line + "\n";
  }
  return text;
}

Result<FileTest> readTest(std::string_view content) {
  if (!content.starts_with(runMark)) return fail("the first line must be '# RUN: ' and a command");
  FileTest test;
  std::string_view line = content.substr(runMark.size(), content.find('\n') - runMark.size());
  std::size_t blank = line.find(' ');
  test.command = line.substr(0, blank);
  if (blank != line.npos) test.passes = splitAt(line.substr(blank + 1), ',');
  std::size_t mark = content.find(fmt::format("\n{}", expectationMark));
  test.text = content.substr(0, mark == content.npos ? mark : mark + 1);
  if (!test.text.ends_with('\n')) test.text += '\n';
  if (mark != content.npos) test.expected = uncommented(content.substr(mark + 1 + expectationMark.size()));
  return test;
}

// What every graph must satisfy that a test gets to see.
Result<void> checkGraph(const Graph &graph) {
  if (std::vector<Violation> violations = verify(graph); !violations.empty())
    return fail(fmt::format("invariant {} is broken: {}", violations[0].invariant, violations[0].message));
  std::string printed = print(graph);
  Diagnostics diagnostics;
  std::optional<Graph> again = parseModel(printed, diagnostics);
  if (!again)
    return fail("the printed graph can't be read back:\n" + render(diagnostics, "printed", printed));
  if (print(*again) != printed) return fail("the printed graph reads back as another one:\n" + print(*again));
  return {};
}

// Equal texts and equal ops, parameters included: what no pass may call a change.
bool sameGraph(const Graph &a, const Graph &b) {
  if (print(a) != print(b)) return false;
  return std::ranges::equal(a.topologicalOrder(), b.topologicalOrder(),
                            [&](Node left, Node right) { return a.op(left) == b.op(right); });
}

Result<void> checkHonesty(const Pass &pass, const Graph &before, const Graph &after, bool changed) {
  if (changed != sameGraph(before, after)) return {};
  return fail(fmt::format("{} says that it {} the graph, which isn't so", pass.name,
                          changed ? "changed" : "didn't change"));
}

Result<void> runNamedPasses(const std::vector<std::string> &names, Graph &graph, PassContext &context) {
  for (const std::string &name : names) {
    auto pass = std::ranges::find(allPasses(), name, &Pass::name);
    if (pass == allPasses().end()) {
      std::vector<std::string_view> known;
      for (const Pass &other : allPasses())
        known.push_back(other.name);
      return fail(fmt::format("there is no pass '{}'; {}", name, didYouMean(name, known)));
    }
    Graph before = graph.clone();
    bool changed = pass->run(graph, context);
    if (Result<void> honest = checkHonesty(*pass, before, graph, changed); !honest) return honest;
    if (Result<void> good = checkGraph(graph); !good)
      return fail(fmt::format("after {}: {}", name, good.error().message));
  }
  return {};
}

Result<void> runAllPasses(Graph &graph, PassContext &context) {
  Graph before = graph.clone();
  Result<void> verdict;
  PipelineOptions options;
  options.afterPass = [&](const Pass &pass, const Graph &after, bool changed) {
    if (verdict) verdict = checkHonesty(pass, before, after, changed);
    before = after.clone();
  };
  if (Result<void> done = runPipeline(graph, context, options); !done) return done;
  return verdict;
}

Result<void> runCommand(const FileTest &test, Graph &graph, Diagnostics &diagnostics) {
  if (test.command == "parse") return {};
  if (test.command != "pass" && test.command != "passes")
    return fail(fmt::format("unknown command '{}'; there are parse, pass and passes", test.command));
  if (graph.weightSource.kind != WeightSource::Kind::none && !bindWeights(graph, ".", diagnostics)) return {};
  PassContext context{diagnostics};
  return test.command == "pass" ? runNamedPasses(test.passes, graph, context) : runAllPasses(graph, context);
}

std::string renderAll(const Diagnostics &diagnostics, const std::string &file, std::string_view text) {
  if (diagnostics.hasErrors()) return render(diagnostics, file, text);
  return render(diagnostics, file, ""); // remarks and warnings are readable without their source lines
}

Result<std::string> outputOf(const FileTest &test, const std::string &file) {
  Diagnostics diagnostics;
  std::optional<Graph> graph = parseModel(test.text, diagnostics);
  if (!graph) return renderAll(diagnostics, file, test.text);
  if (Result<void> done = runCommand(test, *graph, diagnostics); !done) return tl::unexpected(done.error());
  if (Result<void> good = checkGraph(*graph); !good) return tl::unexpected(good.error());
  std::string output = renderAll(diagnostics, file, test.text);
  if (!diagnostics.hasErrors()) output += print(*graph);
  return output;
}

void showDifference(const std::string &expected, const std::string &actual) {
  std::vector<std::string> left = splitAt(expected, '\n'), right = splitAt(actual, '\n');
  auto [l, r] = std::ranges::mismatch(left, right);
  fmt::print(
      "  first difference in line {} of the output\n    expected: {}\n    actual:   {}\n  whole output:\n{}",
      l - left.begin() + 1, l == left.end() ? "(nothing)" : *l, r == right.end() ? "(nothing)" : *r, actual);
}

enum class Mode { check, update };

Result<void> runFile(const std::filesystem::path &path, Mode mode) {
  Result<std::string> content = readFile(path);
  if (!content) return tl::unexpected(content.error());
  Result<FileTest> test = readTest(*content);
  if (!test) return tl::unexpected(test.error());
  Result<std::string> actual = outputOf(*test, path.filename().string());
  if (!actual) return tl::unexpected(actual.error());
  // fail_*.nin are about mistakes and nothing else is.
  bool isMistake = actual->find(": error: ") != actual->npos;
  if (isMistake != path.filename().string().starts_with("fail_"))
    return fail(isMistake ? "only fail_*.nin may have errors:\n" + *actual : "fail_*.nin must have errors");
  if (*actual == test->expected) return {};
  if (mode == Mode::update)
    return writeAtomically(path, test->text + std::string(expectationMark) + commented(*actual));
  showDifference(test->expected, *actual);
  return fail("the output differs; --update accepts it");
}

} // namespace

int main(int argc, char **argv) {
  Mode mode = Mode::check;
  int failures = 0;
  int files = 0;
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--update") {
      mode = Mode::update;
      continue;
    }
    ++files;
    if (Result<void> done = runFile(argv[i], mode); !done) {
      fmt::print("{}: {}\n", argv[i], done.error().message);
      ++failures;
    }
  }
  if (files == 0) {
    fmt::print(stderr, "usage: file_tests [--update] FILE...\n");
    return 2;
  }
  return failures > 0 ? 1 : 0;
}
