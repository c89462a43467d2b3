// Whatever the text, the parser answers with a graph or with errors. Texts that are almost right reach
// deeper than noise does, so good models are cut, spliced and sprinkled; a seeded generator makes every run
// the same. tests/fuzz looks further, guided by coverage.
#include <gtest/gtest.h>
#include <random>

#include "frontend/text/Parser.h"
#include "ir/Printer.h"
#include "ir/Verifier.h"
#include "support/Files.h"

namespace ninc {
namespace {

constexpr std::string_view fragments[] = {"(",
                                          ")",
                                          "[",
                                          "]",
                                          "=",
                                          ",",
                                          ":",
                                          "->",
                                          "\n",
                                          " ",
                                          "#",
                                          "\"",
                                          "\\",
                                          "\\x",
                                          "-",
                                          "0",
                                          "-1",
                                          "1",
                                          "3x3",
                                          "0x0",
                                          "2147483647",
                                          "2147483648",
                                          "99999999999999999999",
                                          "1e39",
                                          "1e-50",
                                          "0.5",
                                          "x",
                                          "conv",
                                          "conv2d",
                                          "mlpconv",
                                          "max_pool",
                                          "average_pool",
                                          "global_avg_pool",
                                          "softmax",
                                          "keep_maps",
                                          "stride",
                                          "pad",
                                          "dilation",
                                          "groups",
                                          "relu",
                                          "leaky_relu",
                                          "none",
                                          "nobias",
                                          "ceil",
                                          "count_include_pad",
                                          "concat",
                                          "axis",
                                          "reshape",
                                          "flatten",
                                          "dense",
                                          "lrn",
                                          "size",
                                          "batch_norm",
                                          "epsilon",
                                          "add",
                                          "mul",
                                          "dropout",
                                          "constant",
                                          "input",
                                          "output",
                                          "model",
                                          "weights",
                                          "random",
                                          "seed",
                                          "f32",
                                          "hwc",
                                          "chw",
                                          "image",
                                          "maps",
                                          "pad 1,2,3,4",
                                          "f32[3, 4, 4]",
                                          "\xc3\x97",
                                          "\xff",
                                          "\xef\xbb\xbf"};

class Mutator {
public:
  explicit Mutator(std::uint32_t seed) : random_(seed) {}

  std::string mutate(std::string text, const std::string &other) {
    for (std::size_t edits = 1 + below(4); edits > 0; --edits)
      edit(text, other);
    return text;
  }

private:
  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : random_() % limit; }

  void edit(std::string &text, const std::string &other) {
    std::size_t at = below(text.size() + 1);
    std::size_t length = std::min(below(24), text.size() - at);
    switch (below(7)) {
    case 0:
      text.erase(at, length);
      break;
    case 1:
      text.insert(at, fragments[below(std::size(fragments))]);
      break;
    case 2:
      text.replace(at, length, fragments[below(std::size(fragments))]);
      break;
    case 3:
      text.insert(at, text.substr(below(text.size() + 1), below(60)));
      break;
    case 4:
      text.insert(at, other.substr(below(other.size() + 1), below(120)));
      break;
    case 5:
      if (at < text.size()) text[at] = static_cast<char>(below(256));
      break;
    default:
      text.resize(at);
    }
  }

  std::mt19937 random_;
};

std::vector<std::string> goodModels() {
  std::vector<std::string> texts;
  for (const char *name :
       {"parse/every_op", "parse/design_example", "parse/broken_lines", "parse/two_results"})
    texts.push_back(readFile(std::string(NINC_SOURCE_DIR "/tests/files/") + name + ".nin").value());
  return texts;
}

TEST(ParserMutation, AnyTextGivesASoundGraphOrErrors) {
  std::vector<std::string> texts = goodModels();
  Mutator mutator(2013);
  int graphs = 0;
  constexpr int runs = 20'000;
  for (int run = 0; run < runs; ++run) {
    std::string text = mutator.mutate(texts[run % texts.size()], texts[(run / 2) % texts.size()]);
    Diagnostics diagnostics;
    std::optional<Graph> graph = parseModel(text, diagnostics);
    ASSERT_NE(graph.has_value(), diagnostics.hasErrors()) << text;
    ASSERT_FALSE(render(diagnostics, "mutated.nin", text).empty() && !graph) << text;
    if (!graph) continue;
    ++graphs;
    ASSERT_TRUE(verify(*graph).empty()) << text << verify(*graph)[0].message;
    std::string printed = print(*graph);
    Diagnostics again;
    std::optional<Graph> copy = parseModel(printed, again);
    ASSERT_TRUE(copy) << printed << render(again, "printed", printed);
    ASSERT_EQ(print(*copy), printed);
  }
  // Both sides must have been seen, or the test says nothing.
  EXPECT_GT(graphs, runs / 50);
  EXPECT_LT(graphs, runs);
}

} // namespace
} // namespace ninc
