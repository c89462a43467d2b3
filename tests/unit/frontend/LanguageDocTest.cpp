// docs/language.md is read by people who copy from it, so what it shows must be true: its models parse, its
// mistakes are reported as printed, its grammar knows every op and every word of the language.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <set>

#include "frontend/text/Parser.h"
#include "ir/Names.h"
#include "ir/ops/Ops.h"
#include "support/Files.h"

namespace ninc {
namespace {

const std::string &document() {
  static const std::string text = readFile(NINC_SOURCE_DIR "/docs/language.md").value();
  return text;
}

// The contents of the fenced blocks of one kind.
std::vector<std::string> blocks(const std::string &kind) {
  std::vector<std::string> found;
  const std::string open = "```" + kind + "\n", close = "\n```\n";
  for (std::size_t at = document().find(open); at != std::string::npos; at = document().find(open, at)) {
    at += open.size();
    found.push_back(document().substr(at, document().find(close, at) + 1 - at));
  }
  return found;
}

TEST(LanguageDoc, ItsModelsParseWithoutAWord) {
  ASSERT_EQ(blocks("nin").size(), 4u);
  for (const std::string &text : blocks("nin")) {
    Diagnostics diagnostics;
    EXPECT_TRUE(parseModel(text, diagnostics));
    EXPECT_EQ(render(diagnostics, "language.md", text), "");
  }
}

TEST(LanguageDoc, ASecondModelShowsEveryOp) {
  Diagnostics diagnostics;
  std::optional<Graph> graph = parseModel(blocks("nin").at(1), diagnostics);
  ASSERT_TRUE(graph);
  std::set<std::string_view> shown;
  for (Node node : graph->nodes())
    shown.insert(spellingOf(graph->op(node)));
  EXPECT_THAT(shown, testing::UnorderedElementsAreArray(opSpellings()));
}

TEST(LanguageDoc, ItsGrammarHasEveryWord) {
  ASSERT_EQ(blocks("ebnf").size(), 1u);
  for (std::string_view word : languageWords())
    EXPECT_THAT(blocks("ebnf")[0], testing::HasSubstr("\"" + std::string(word) + "\""));
}

TEST(LanguageDoc, ListsTheReservedWords) {
  const std::size_t begin = document().find("Reserved are"), end = document().find('.', begin);
  ASSERT_NE(end, std::string::npos);
  const std::string listed = document().substr(begin, end - begin);
  for (std::string_view word : languageWords())
    EXPECT_EQ(listed.find(fmt::format("`{}`", word)) != std::string::npos, isReservedWord(word)) << word;
}

TEST(LanguageDoc, ItsMistakesAreReportedAsShown) {
  std::string text =
      "model bad\nimage = input f32[3, 32, 32]\na = relu image\nb = max_pool image 3x3 strid 2\n"
      "f = conv2d image 40x40 -> 3\noutput a\n";
  Diagnostics diagnostics;
  EXPECT_FALSE(parseModel(text, diagnostics));
  ASSERT_EQ(blocks("text").size(), 1u);
  EXPECT_EQ(render(diagnostics, "bad.nin", text), blocks("text")[0]);
}

} // namespace
} // namespace ninc
