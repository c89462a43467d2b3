// ninc manual [COMMAND]: hidden, since it is the build that installs what it makes.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fmt/format.h>
#include <memory>

#include "driver/Version.h"
#include "support/Spelling.h"
#include "support/StandardStreams.h"
#include "tools/Commands.h"
#include "tools/ManualPage.h"
#include "tools/Report.h"

namespace ninc {

namespace {

int printPage(const CLI::App &app, const std::string &name) {
  const std::vector<CommandRow> table = commandTable(app);
  const auto command = std::ranges::find(table, name, &CommandRow::name);
  if (command == table.end()) {
    std::vector<std::string> names;
    std::ranges::transform(table, std::back_inserter(names), &CommandRow::name);
    const std::string help = didYouMean(name, names);
    return reportError(
        {ErrorKind::usage, fmt::format("no command '{}'{}{}", name, help.empty() ? "" : "; ", help)});
  }
  answerText(manualPage(table, *command, versionText));
  return 0;
}

// For who installs the pages: one name a line.
int listPages(const CLI::App &app) {
  for (const CommandRow &command : commandTable(app))
    answer("{}\n", command.name.empty() ? "ninc" : "ninc-" + command.name);
  return 0;
}

} // namespace

void addManual(CLI::App &app, Command &chosen) {
  struct Options {
    std::string command;
    bool list = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App *manual = app.add_subcommand("manual", "a command's manual page, as man reads it");
  manual->group("");
  manual->add_option("COMMAND", options->command, "the command; without one it is ninc itself")
      ->type_name("");
  manual->add_flag("--list", options->list, "the names of all pages");
  manual->callback([&app, &chosen, options] {
    chosen = [&app, options] { return options->list ? listPages(app) : printPage(app, options->command); };
  });
}

} // namespace ninc
