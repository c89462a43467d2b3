#include "support/Diagnostics.h"

#include <gtest/gtest.h>

namespace ninc {
namespace {

TEST(Diagnostics, ShowsPlaceSourceLineCaretAndHelp) {
  Diagnostic diagnostic{
      Severity::error, {2, 29, 5}, "unknown word 'strid' in max_pool", "did you mean 'stride'?", "", ""};
  EXPECT_EQ(render(diagnostic, "nin.nin", "model nin\npool1 = max_pool stage1 3x3 strid 2\n"),
            "nin.nin:2:29: error: unknown word 'strid' in max_pool\n"
            "  pool1 = max_pool stage1 3x3 strid 2\n"
            "                              ^~~~~\n"
            "help: did you mean 'stride'?\n");
}

TEST(Diagnostics, KeepsTabsSoThatTheCaretStandsUnderTheRange) {
  Diagnostic diagnostic{Severity::warning, {1, 6, 2}, "odd", "", "", ""};
  EXPECT_EQ(render(diagnostic, "f", "\ta = \tbc"), "f:1:6: warning: odd\n"
                                                   "  \ta = \tbc\n"
                                                   "  \t    ^~\n");
}

TEST(Diagnostics, CountsAUtf8SequenceAsOneColumnOfTheScreen) {
  Diagnostic diagnostic{Severity::error, {1, 6, 2}, "odd", "", "", ""};
  EXPECT_EQ(render(diagnostic, "f", "# \xc3\xa9 xy"), "f:1:6: error: odd\n"
                                                      "  # \xc3\xa9 xy\n"
                                                      "      ^~\n");
}

TEST(Diagnostics, WithoutAPlaceNamesTheFileAlone) {
  Diagnostic diagnostic{Severity::error, {}, "the model has no output", "", "", ""};
  EXPECT_EQ(render(diagnostic, "m.onnx", "text"), "m.onnx: error: the model has no output\n");
  EXPECT_EQ(render(diagnostic, "", ""), "error: the model has no output\n");
}

TEST(Diagnostics, ARemarkNamesItsPass) {
  Diagnostics diagnostics;
  diagnostics.remark("fuse-mlpconv", {1, 1, 1}, "fused 3 convolutions");
  EXPECT_EQ(render(diagnostics, "m.nin", ""), "m.nin:1:1: remark: fused 3 convolutions [fuse-mlpconv]\n");
}

TEST(Diagnostics, AColumnBehindTheEndPointsJustBehindTheLine) {
  Diagnostic diagnostic{Severity::error, {1, 9, 4}, "expected a value", "", "", ""};
  EXPECT_EQ(render(diagnostic, "f", "a = relu\r\n"), "f:1:9: error: expected a value\n"
                                                     "  a = relu\n"
                                                     "          ^\n");
}

TEST(Diagnostics, ARangeEndsWithItsLine) {
  Diagnostic diagnostic{Severity::error, {1, 3, 100}, "odd", "", "", ""};
  EXPECT_EQ(render(diagnostic, "f", "a bc\nd"), "f:1:3: error: odd\n  a bc\n    ^~\n");
}

TEST(Diagnostics, ALineTheSourceDoesNotHaveIsLeftOut) {
  Diagnostic diagnostic{Severity::error, {7, 1, 1}, "odd", "", "", ""};
  EXPECT_EQ(render(diagnostic, "f", "a\nb"), "f:7:1: error: odd\n");
}

TEST(Diagnostics, AVeryLongLineIsShownAroundTheCaret) {
  std::string line = std::string(5000, 'x') + "HERE" + std::string(5000, 'y');
  std::string text = render({Severity::error, {1, 5001, 4}, "odd", "", "", ""}, "f", line);
  EXPECT_LT(text.size(), 500u);
  std::size_t source = text.find("\n  ...") + 1, caret = text.find('^'),
              caretLine = text.rfind('\n', caret) + 1;
  EXPECT_EQ(text.substr(source + (caret - caretLine), 4), "HERE");
}

TEST(Diagnostics, ControlCharactersNeverReachTheTerminal) {
  std::string text = render({Severity::error, {1, 1, 1}, "unknown word '\x1b[2J'", "", "", ""}, "f", "\x1b[2J\a");
  EXPECT_EQ(text.find('\x1b'), text.npos);
  EXPECT_EQ(text.find('\a'), text.npos);
}

TEST(Diagnostics, BytesThatArentUtf8AreShownAsQuestionMarksOfOneColumn) {
  Diagnostic diagnostic{Severity::error, {1, 4, 1}, "odd \xff", "", "", ""};
  EXPECT_EQ(render(diagnostic, "a.nin", "\x80\xc3 x"), "a.nin:1:4: error: odd ?\n"
                                                       "  ?? x\n"
                                                       "     ^\n");
}

TEST(Diagnostics, ALongLineOfStrayContinuationBytesIsShownAroundTheCaret) {
  std::string source(400, '\x9c');
  Diagnostic diagnostic{Severity::error, {1, 300, 1}, "stray byte", "", "", ""};
  std::string text = render(diagnostic, "a.nin", source);
  EXPECT_NE(text.find("...????"), std::string::npos);
  EXPECT_LT(text.size(), 500u);
}

TEST(Diagnostics, AreShownInSourceOrderAndThoseWithoutAPlaceLast) {
  Diagnostics diagnostics;
  diagnostics.error({}, "nowhere");
  diagnostics.error({3, 1, 1}, "third");
  diagnostics.error({1, 5, 1}, "first, right");
  diagnostics.error({1, 2, 1}, "first, left");
  EXPECT_EQ(render(diagnostics, "f", ""), "f:1:2: error: first, left\nf:1:5: error: first, right\n"
                                          "f:3:1: error: third\nf: error: nowhere\n");
}

TEST(Diagnostics, StopAfterTheLimitAndSayHowManyErrorsAreLeft) {
  Diagnostics diagnostics;
  for (int line = 1; line <= 5; ++line)
    diagnostics.error({line, 1, 1}, "e");
  diagnostics.warning({6, 1, 1}, "w");
  EXPECT_EQ(render(diagnostics, "f", "", 3),
            "f:1:1: error: e\nf:2:1: error: e\nf:3:1: error: e\n2 more errors not shown\n");
  EXPECT_EQ(render(diagnostics, "f", "", 4).substr(64), "1 more error not shown\n");
}

TEST(Diagnostics, ExactlyAsManyErrorsAsTheLimitHideNothing) {
  Diagnostics diagnostics;
  diagnostics.error({1, 1, 1}, "e");
  diagnostics.warning({2, 1, 1}, "w");
  EXPECT_EQ(render(diagnostics, "f", "", 1), "f:1:1: error: e\nf:2:1: warning: w\n");
}

} // namespace
} // namespace ninc
