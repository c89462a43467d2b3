// What a command line takes, as rows: of these are made manual pages and completions for shells, so that both
// say what the options' own library says of them in --help.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace ninc {

// What may stand behind an option, as far as a shell can help with it.
enum class ValueKind : std::uint8_t {
  none,   // a flag: nothing
  free,   // a number, a name
  choice, // one of OptionRow::choices
  file,
  namedFile, // NAME=FILE
  folder
};

struct OptionRow {
  std::vector<std::string> names; // "-o", "--output"; of a positional one, its placeholder: "MODEL"
  std::string value;              // how the value is written, "NAME=FILE"; empty for flags and positionals
  std::string description;        // a sentence without an end
  ValueKind kind = ValueKind::none;
  std::vector<std::string> choices; // words that are always right; for ValueKind::choice
  bool isPositional = false;
  bool isRequired = false;
};

struct CommandRow {
  std::string name; // "run"; of the program itself empty
  std::string description;
  std::string footer; // prose, and examples: lines indented by two blanks
  std::vector<OptionRow> options;
};

// The program first, then its commands in the order of --help; hidden commands are left out.
std::vector<CommandRow> commandTable(const CLI::App &app);

} // namespace ninc
