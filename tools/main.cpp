// ninc's table of contents.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <exception>
#include <filesystem>
#include <fmt/format.h>
#include <new>
#include <optional>
#include <sstream>
#include <system_error>

#include "driver/Version.h"
#include "support/Result.h"
#include "support/Shortage.h"
#include "support/Spelling.h"
#include "support/StandardStreams.h"
#include "tools/Commands.h"
#include "tools/Report.h"

namespace {

// Compilers' users expect some long options with one dash; CLI11 reads those as bundles of letters.
std::vector<std::string> normalise(int argc, char **argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  for (std::string &argument : arguments)
    if (argument == "-save-temps" || argument == "-MD") argument.insert(0, "-");
  std::error_code error; // `ninc help run` is what other tools have; a model may be called so
  if (!arguments.empty() && arguments[0] == "help" && !std::filesystem::exists("help", error)) {
    arguments.erase(arguments.begin());
    arguments.resize(std::min<std::size_t>(arguments.size(), 1));
    arguments.emplace_back("--help");
  }
  std::ranges::reverse(arguments); // CLI11 takes them last first
  return arguments;
}

// A first word that is no file, but nearly a command: `ninc shwo model.nin`.
std::string mistypedCommand(const CLI::App &app, const std::string &word) {
  std::error_code error;
  if (std::filesystem::exists(word, error) || std::filesystem::path(word).has_extension()) return {};
  std::vector<std::string> commands;
  for (const CLI::App *command : app.get_subcommands(nullptr))
    commands.push_back(command->get_name());
  if (std::ranges::count(commands, word) > 0) return {};
  return ninc::didYouMean(word, commands);
}

// What to say of words that no option and no positional takes: `--bacth 4`, or a second model.
std::string whatIsTooMuch(const CLI::App &app) {
  const std::vector<CLI::App *> parsed = app.get_subcommands();
  const CLI::App &command = parsed.empty() ? app : *parsed.front();
  const std::string call = parsed.empty() ? "ninc" : "ninc " + command.get_name();
  const std::vector<std::string> words = app.remaining(true);
  const auto option =
      std::ranges::find_if(words, [](const std::string &word) { return word.starts_with('-'); });
  if (option == words.end()) {
    const std::string_view word = words.empty() ? std::string_view() : std::string_view(words.front());
    return parsed.empty()
               ? fmt::format("'{}' is one word too many: a model is compiled by ninc MODEL -o OUT, "
                             "one at a time; ninc --help lists the commands",
                             word)
               : fmt::format("'{}' is one word too many; {} --help says what it takes", word, call);
  }
  const std::string name = option->substr(0, option->find('='));
  std::vector<std::string> known;
  for (const CLI::Option *each : command.get_options())
    for (const std::string &spelling : each->get_lnames())
      known.push_back("--" + spelling);
  const std::string help = ninc::didYouMean(name, known);
  return fmt::format("{} has no option '{}'; {}", call, name,
                     help.empty() ? fmt::format("{} --help lists them", call) : help);
}

int dispatch(int argc, char **argv) {
  CLI::App app{"ninc compiles Network In Network models, and the CNNs like them, ahead of time.", "ninc"};
  app.set_version_flag("--version", ninc::versionReport());
  app.require_subcommand(0, 1);
  app.get_formatter()->column_width(34);

  ninc::Command chosen;
  ninc::addCompile(app, chosen);
  ninc::addRun(app, chosen);
  ninc::addVerify(app, chosen);
  ninc::addBench(app, chosen);
  ninc::addTune(app, chosen);
  ninc::addDevices(app, chosen);
  ninc::addShow(app, chosen);
  ninc::addImport(app, chosen);
  ninc::addOperators(app, chosen);
  ninc::addCompletion(app, chosen);
  ninc::addManual(app, chosen);

  if (argc > 1)
    if (std::string help = mistypedCommand(app, argv[1]); !help.empty())
      return ninc::reportError({ninc::ErrorKind::usage, fmt::format("no command '{}'; {}", argv[1], help)});
  try {
    app.parse(normalise(argc, argv));
  } catch (const CLI::ExtrasError &) {
    return ninc::reportError({ninc::ErrorKind::usage, whatIsTooMuch(app)});
  } catch (const CLI::ParseError &error) {
    std::ostringstream help, wrong; // help, version or what is wrong
    const int code = app.exit(error, help, wrong);
    ninc::answerText(help.str());
    ninc::sayText(wrong.str());
    return code == 0 ? 0 : static_cast<int>(ninc::ErrorKind::usage);
  }
  return chosen();
}

// Answers that didn't arrive are no success. A reader that has gone (`ninc show | head`) knows it already.
int checkAnswers(int code) {
  const std::optional<int> lost = ninc::answersLost();
  if (!lost) return code;
  if (*lost != EPIPE)
    ninc::say("ninc: error: can't write to the standard output: {}\n",
              std::generic_category().message(*lost));
  return code != 0 ? code : static_cast<int>(ninc::ErrorKind::badInput);
}

// A file that may not grow is an error of the write rather than the process's end.
void start(int, char **, char **) {
  std::signal(SIGXFSZ, SIG_IGN);
  ninc::sayWhatRanOut();
}

#if !defined(__SANITIZE_ADDRESS__)
// Before the constructors of LLVM and Halide, which need some MiB themselves.
[[gnu::used, gnu::section(".preinit_array")]] void (*const beforeAll)(int, char **, char **) = start;
#endif

} // namespace

int main(int argc, char **argv) {
  ninc::guardStandardStreams();
  try {
    return checkAnswers(dispatch(argc, argv));
  } catch (const std::bad_alloc &) {
    ninc::say("ninc: error: {}\n", ninc::outOfMemoryWords());
    return static_cast<int>(ninc::ErrorKind::badInput);
  } catch (const std::exception &error) {
    if (ninc::memoryIsOut()) {
      ninc::say("ninc: error: {}\n", ninc::outOfMemoryWords());
      return static_cast<int>(ninc::ErrorKind::badInput);
    }
    ninc::sayText("ninc: internal error: ");
    ninc::sayText(error.what());
    ninc::sayText("\nThis is a defect of ninc; please report it with the model.\n");
  } catch (...) {
    ninc::sayText("ninc: internal error of an unknown kind\n");
  }
  return static_cast<int>(ninc::ErrorKind::internal);
}
