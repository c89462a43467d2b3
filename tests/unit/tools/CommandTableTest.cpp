#include "tools/CommandTable.h"

#include <CLI/CLI.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tools/ManualPage.h"
#include "tools/ShellCompletion.h"

namespace ninc {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// A program with a bit of everything.
struct Program {
  CLI::App app{"ninc bakes. Bread, too.", "ninc"};
  std::string text;
  bool flag = false;

  Program() {
    app.add_option("MODEL", text, "what to bake")->type_name("");
    app.add_option("-o,--output", text, "where it goes")->type_name("OUT");
    app.add_option("--device", text, "which oven")->type_name("D");
    CLI::App *knead = app.add_subcommand("knead", "it's work: don't [stop]");
    knead->add_option("DOUGH", text, "of flour")->required()->type_name("");
    knead->add_option("--with", text, "hands")->check(CLI::IsMember({"left", "right"}));
    knead->add_option("--input", text, "an ingredient")->type_name("NAME=FILE");
    knead->add_option("--bowl", text, "where")->type_name("DIR");
    knead->add_option("--minutes", text, "how long")->type_name("N");
    knead->add_flag("-g,--gently", flag, ".5 of the usual \\ strength");
    knead->footer("Example:\n  ninc knead dough --with left\nThen it rests.");
    app.add_subcommand("secret", "nobody's business")->group("");
  }

  std::vector<CommandRow> table() const { return commandTable(app); }
};

const OptionRow &option(const CommandRow &command, const std::string &name) {
  for (const OptionRow &row : command.options)
    if (row.names.back() == name) return row;
  throw std::out_of_range(name);
}

TEST(CommandTable, HasTheProgramAndItsCommandsButTheHiddenOnes) {
  const std::vector<CommandRow> table = Program().table();
  ASSERT_EQ(table.size(), 2u);
  EXPECT_EQ(table[0].name, "");
  EXPECT_EQ(table[1].name, "knead");
}

TEST(CommandTable, SaysWhatMayStandBehindAnOption) {
  const std::vector<CommandRow> table = Program().table();
  EXPECT_THAT(option(table[0], "--output").names, ElementsAre("-o", "--output"));
  EXPECT_EQ(option(table[0], "--output").kind, ValueKind::file);
  EXPECT_THAT(option(table[0], "--device").choices, ElementsAre("cpu", "opencl", "cuda"));
  EXPECT_THAT(option(table[1], "--with").choices, ElementsAre("left", "right"));
  EXPECT_EQ(option(table[1], "--with").kind, ValueKind::choice);
  EXPECT_EQ(option(table[1], "--input").kind, ValueKind::namedFile);
  EXPECT_EQ(option(table[1], "--bowl").kind, ValueKind::folder);
  EXPECT_EQ(option(table[1], "--minutes").kind, ValueKind::free);
  EXPECT_EQ(option(table[1], "--gently").kind, ValueKind::none);
  EXPECT_TRUE(option(table[1], "DOUGH").isPositional);
  EXPECT_TRUE(option(table[1], "DOUGH").isRequired);
}

TEST(ManualPage, OfTheProgramListsItsCommands) {
  const std::vector<CommandRow> table = Program().table();
  const std::string page = manualPage(table, table[0], "ninc 1.2.3");
  EXPECT_THAT(page, HasSubstr(".TH NINC 1 \"\" \"ninc 1.2.3\""));
  EXPECT_THAT(page, HasSubstr(".SH NAME\nninc \\- bakes. Bread, too\n"));
  EXPECT_THAT(page, HasSubstr("\\fBninc knead\\fR\nit\\(aqs work: don\\(aqt [stop]\n"));
  EXPECT_THAT(page, Not(HasSubstr("secret")));
}

TEST(ManualPage, OfACommandHasItsOptionsAndExamplesAndNothingThatRoffWouldTakeForItself) {
  const std::vector<CommandRow> table = Program().table();
  const std::string page = manualPage(table, table[1], "ninc 1.2.3");
  EXPECT_THAT(page, HasSubstr("\\fBninc knead\\fR [\\fIOPTION\\fR ...] \\fIDOUGH\\fR\n"));
  EXPECT_THAT(page, HasSubstr(".TP\n\\fB\\-g\\fR, \\fB\\-\\-gently\\fR\n\\&.5 of the usual \\e strength\n"));
  EXPECT_THAT(page, HasSubstr(".nf\n.RS\nninc knead dough \\-\\-with left\n.RE\n.fi\n.PP\nThen it rests.\n"));
}

TEST(ShellCompletion, QuotesWhatShellsWouldTakeForThemselves) {
  const std::vector<CommandRow> table = Program().table();
  EXPECT_THAT(bashCompletion(table), HasSubstr("\"knead --with\") _ninc_words 'left right'; return ;;"));
  EXPECT_THAT(bashCompletion(table), HasSubstr("\"knead --bowl\") _ninc_files -d; return ;;"));
  EXPECT_THAT(zshCompletion(table), HasSubstr("'knead:it'\\''s work: don'\\''t [stop]'"));
  EXPECT_THAT(zshCompletion(table), HasSubstr("'(-g --gently)-g[.5 of the usual \\\\ strength]'"));
  EXPECT_THAT(fishCompletion(table), HasSubstr("-a knead -d 'it\\'s work: don\\'t [stop]'"));
  EXPECT_THAT(fishCompletion(table), HasSubstr("-s g -l gently -d '.5 of the usual \\\\ strength'"));
}

} // namespace
} // namespace ninc
