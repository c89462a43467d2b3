// ninc completion SHELL

#include <CLI/CLI.hpp>
#include <memory>

#include "support/StandardStreams.h"
#include "tools/Commands.h"
#include "tools/ShellCompletion.h"

namespace ninc {

void addCompletion(CLI::App &app, Command &chosen) {
  auto shell = std::make_shared<std::string>();
  CLI::App *completion = app.add_subcommand("completion", "a shell's completion of this command line");
  completion->add_option("SHELL", *shell, "whose: bash, zsh or fish")
      ->required()
      ->type_name("")
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  completion->footer("Example:\n"
                     "  source <(ninc completion bash)\n"
                     "Packages install all three where the shells look for them.");
  completion->callback([&app, &chosen, shell] {
    chosen = [&app, shell] {
      const std::vector<CommandRow> table = commandTable(app);
      if (*shell == "bash") answerText(bashCompletion(table));
      if (*shell == "zsh") answerText(zshCompletion(table));
      if (*shell == "fish") answerText(fishCompletion(table));
      return 0;
    };
  });
}

} // namespace ninc
