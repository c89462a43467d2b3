#include "tools/CommandTable.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>

#include "passes/Passes.h"

namespace ninc {

namespace {

// `all` is the word for all of them.
std::vector<std::string> passNames(const char *all) {
  std::vector<std::string> names{all};
  for (const Pass &pass : allPasses())
    names.emplace_back(pass.name);
  return names;
}

// Words that are right wherever the option is met; a shell offers them, ninc takes others too.
const std::map<std::string, std::vector<std::string>> &wordsOfOptions() {
  static const std::map<std::string, std::vector<std::string>> words{
      {"--target",
       {"host", "x86-64-v2", "x86-64-v3", "x86-64-v4", "aarch64", "riscv64", "wasm32", "x86_64-windows",
        "aarch64-windows", "x86_64-macos", "aarch64-macos", "cortex-m4", "host+opencl", "host+cuda"}},
      {"--device", {"cpu", "opencl", "cuda"}},
      {"--emit", {"so", "a", "o", "h", "ll", "s", "nin", "dot"}},
      {"--after", passNames("passes")},
      {"--print-ir-after", passNames("all")}};
  return words;
}

// "P:{f32,f16}" names its choices itself.
std::vector<std::string> choicesIn(const std::string &type) {
  const std::size_t open = type.find('{'), close = type.find('}');
  std::vector<std::string> choices;
  if (open == std::string::npos || close == std::string::npos) return choices;
  for (const std::string &choice : CLI::detail::split(type.substr(open + 1, close - open - 1), ','))
    choices.push_back(CLI::detail::trim_copy(choice));
  std::ranges::sort(choices); // the set that the option has keeps no order
  return choices;
}

void readValue(const CLI::Option &option, OptionRow &row) {
  const std::string type = option.get_type_name(); // "N:1..1024"
  row.value = type.substr(0, type.find(':'));
  row.choices = choicesIn(type);
  if (const auto words = wordsOfOptions().find(row.names.back());
      row.choices.empty() && words != wordsOfOptions().end())
    row.choices = words->second;
  if (!row.choices.empty())
    row.kind = ValueKind::choice;
  else if (row.value == "NAME=FILE")
    row.kind = ValueKind::namedFile;
  else if (row.value == "DIR")
    row.kind = ValueKind::folder;
  else if (row.isPositional || row.value == "FILE" || row.value.starts_with("OUT"))
    row.kind = ValueKind::file;
  else
    row.kind = ValueKind::free;
}

OptionRow rowOf(const CLI::Option &option) {
  OptionRow row;
  row.isPositional = !option.nonpositional();
  row.isRequired = option.get_required();
  row.description = option.get_description();
  if (row.isPositional) row.names.push_back(option.get_name(true));
  for (const std::string &letter : option.get_snames())
    row.names.push_back("-" + letter);
  for (const std::string &word : option.get_lnames())
    row.names.push_back("--" + word);
  if (option.get_items_expected_max() != 0) readValue(option, row);
  return row;
}

CommandRow rowOf(const CLI::App &command, const std::string &name) {
  CommandRow row{name, command.get_description(), command.get_footer(), {}};
  for (const CLI::Option *option : command.get_options())
    row.options.push_back(rowOf(*option));
  return row;
}

} // namespace

std::vector<CommandRow> commandTable(const CLI::App &app) {
  std::vector<CommandRow> table{rowOf(app, "")};
  for (const CLI::App *command : app.get_subcommands(nullptr))
    if (!command->get_group().empty()) table.push_back(rowOf(*command, command->get_name()));
  return table;
}

} // namespace ninc
