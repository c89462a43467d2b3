#include "tools/ShellCompletion.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace ninc {

namespace {

std::string joined(const std::vector<std::string> &words, const char *between = " ") {
  return fmt::format("{}", fmt::join(words, between));
}

std::string replaced(std::string text, const std::string &what, const std::string &by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
  return text;
}

// In single quotes, for sh, bash and zsh.
std::string quoted(const std::string &text) {
  return "'" + replaced(text, "'", "'\\''") + "'";
}

// In single quotes, for fish, where a backslash counts there.
std::string quotedForFish(const std::string &text) {
  return "'" + replaced(replaced(text, "\\", "\\\\"), "'", "\\'") + "'";
}

std::vector<std::string> commandNames(std::span<const CommandRow> table) {
  std::vector<std::string> names;
  for (const CommandRow &command : table.subspan(1))
    names.push_back(command.name);
  return names;
}

// What stands without an option: one of its choices, or files.
const OptionRow *positionalOf(const CommandRow &command) {
  const auto found = std::ranges::find_if(command.options, &OptionRow::isPositional);
  return found == command.options.end() ? nullptr : &*found;
}

// bash: what may stand behind one option, as a case of "COMMAND OPTION".
std::string bashValue(const CommandRow &command, const OptionRow &option) {
  std::vector<std::string> patterns;
  for (const std::string &name : option.names)
    patterns.push_back(fmt::format("\"{} {}\"", command.name, name));
  std::string words;
  switch (option.kind) {
  case ValueKind::none:
    return {};
  case ValueKind::free:
    words = ":";
    break;
  case ValueKind::choice:
    words = fmt::format("_ninc_words {}", quoted(joined(option.choices)));
    break;
  case ValueKind::folder:
    words = "_ninc_files -d";
    break;
  case ValueKind::file:
  case ValueKind::namedFile:
    words = "_ninc_files -f";
    break;
  }
  return fmt::format("    {}) {}; return ;;\n", joined(patterns, " | "), words);
}

std::string bashOptions(const CommandRow &command) {
  std::vector<std::string> words;
  for (const OptionRow &option : command.options)
    if (!option.isPositional) words.insert(words.end(), option.names.begin(), option.names.end());
  return fmt::format("    {}) _ninc_words {} ;;\n", quoted(command.name), quoted(joined(words)));
}

// Where no choices are known it is files, which the caller offers.
std::string bashPositional(const CommandRow &command) {
  const OptionRow *positional = positionalOf(command);
  if (!positional || positional->choices.empty()) return {};
  return fmt::format("    {}) _ninc_words {}; return ;;\n", quoted(command.name),
                     quoted(joined(positional->choices)));
}

// zsh: one option as _arguments has it. A flag's names exclude one another, and nothing is offered twice but
// what may be given twice.
std::string zshText(const std::string &text) {
  std::string escaped = replaced(text, "\\", "\\\\");
  for (const char *special : {"[", "]", ":"})
    escaped = replaced(escaped, special, std::string("\\") + special);
  return escaped;
}

std::string zshAction(const OptionRow &option) {
  switch (option.kind) {
  case ValueKind::none:
    return {};
  case ValueKind::choice:
    return fmt::format(":{}:({})", zshText(option.value), joined(option.choices));
  case ValueKind::folder:
    return fmt::format(":{}:_files -/", zshText(option.value));
  case ValueKind::namedFile:
    return fmt::format(":{}:_ninc_named_file", zshText(option.value));
  case ValueKind::file:
    return fmt::format(":{}:_files", zshText(option.value));
  case ValueKind::free:
    break;
  }
  return fmt::format(":{}: ", zshText(option.value));
}

std::string zshArguments(const CommandRow &command, const char *indent) {
  std::string text;
  const auto add = [&](const std::string &specification) {
    text += fmt::format(" \\\n{}  {}", indent, quoted(specification));
  };
  for (const OptionRow &option : command.options) {
    if (option.isPositional) continue;
    for (const std::string &name : option.names) // each named input has its own
      add(fmt::format("{}{}[{}]{}",
                      option.kind == ValueKind::namedFile ? "*" : fmt::format("({})", joined(option.names)),
                      name, zshText(option.description), zshAction(option)));
  }
  if (const OptionRow *positional = positionalOf(command))
    add(fmt::format("*:{}{}", positional->names[0],
                    positional->choices.empty() ? ":_files" : ":(" + joined(positional->choices) + ")"));
  return fmt::format("{}_arguments{}\n", indent, text);
}

// fish: conditions that say which command's options these are.
std::string fishCondition(std::span<const CommandRow> table, const CommandRow &command) {
  if (command.name.empty())
    return fmt::format("not __fish_seen_subcommand_from {}", joined(commandNames(table)));
  return "__fish_seen_subcommand_from " + command.name;
}

std::string fishOption(const std::string &condition, const OptionRow &option) {
  std::string line = fmt::format("complete -c ninc -n {}", quotedForFish(condition));
  for (const std::string &name : option.names)
    line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  if (option.kind == ValueKind::choice)
    line += fmt::format(" -x -a {}", quotedForFish(joined(option.choices)));
  else if (option.kind == ValueKind::free)
    line += " -x";
  else if (option.kind == ValueKind::folder)
    line += " -x -a '(__fish_complete_directories)'";
  else if (option.kind != ValueKind::none)
    line += " -r -F";
  return line + fmt::format(" -d {}\n", quotedForFish(option.description));
}

} // namespace

std::string bashCompletion(std::span<const CommandRow> table) {
  std::string values, options, positionals;
  for (const CommandRow &command : table) {
    for (const OptionRow &option : command.options)
      if (!option.isPositional) values += bashValue(command, option);
    options += bashOptions(command);
    positionals += bashPositional(command);
  }
  const std::string commands = joined(commandNames(table));
  return "# bash completion for ninc; `ninc completion bash` prints it.\n"
         "_ninc_words() { mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$current\"); }\n"
         "_ninc_files() {\n"
         "  compopt -o filenames\n"
         "  mapfile -t COMPREPLY < <(compgen \"$1\" -- \"$current\")\n"
         "}\n"
         "_ninc() {\n"
         "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command=\n"
         "  COMPREPLY=()\n"
         "  # NAME=FILE comes as three words.\n"
         "  if [[ $current == = ]]; then current=; _ninc_files -f; return; fi\n"
         "  if [[ $previous == = ]]; then _ninc_files -f; return; fi\n" +
         fmt::format("  if ((COMP_CWORD > 1)) && [[ ' {0} ' == *\" ${{COMP_WORDS[1]}} \"* ]]; then\n"
                     "    command=${{COMP_WORDS[1]}}\n"
                     "  fi\n"
                     "  case \"$command $previous\" in\n{1}"
                     "  esac\n"
                     "  if [[ $current == -* ]]; then\n"
                     "    case $command in\n{2}"
                     "    esac\n"
                     "    return\n"
                     "  fi\n"
                     "  case $command in\n{3}"
                     "  esac\n"
                     "  _ninc_files -f\n"
                     "  if ((COMP_CWORD == 1)); then\n"
                     "    COMPREPLY+=($(compgen -W '{0}' -- \"$current\"))\n"
                     "  fi\n"
                     "}}\n"
                     "complete -F _ninc ninc\n",
                     commands, values, options, positionals);
}

std::string zshCompletion(std::span<const CommandRow> table) {
  std::string commands, cases;
  for (const CommandRow &command : table.subspan(1)) {
    commands += fmt::format("    {}\n", quoted(command.name + ":" + command.description));
    cases += fmt::format("    {})\n      shift words; ((CURRENT--))\n{}      return ;;\n", command.name,
                         zshArguments(command, "      "));
  }
  return fmt::format("#compdef ninc\n"
                     "# zsh completion for ninc; `ninc completion zsh` prints it.\n"
                     "_ninc_named_file() {{\n"
                     "  if compset -P '*='; then _files; else _message 'NAME=FILE'; fi\n"
                     "}}\n"
                     "_ninc() {{\n"
                     "  local -a commands=(\n{}  )\n"
                     "  ((CURRENT == 2)) && _describe -t commands command commands\n"
                     "  case $words[2] in\n{}"
                     "  esac\n"
                     "{}"
                     "}}\n"
                     "_ninc \"$@\"\n",
                     commands, cases, zshArguments(table.front(), "  "));
}

std::string fishCompletion(std::span<const CommandRow> table) {
  std::string text = "# fish completion for ninc; `ninc completion fish` prints it.\n";
  const std::string none = fishCondition(table, table.front());
  for (const CommandRow &command : table.subspan(1))
    text += fmt::format("complete -c ninc -n {} -a {} -d {}\n",
                        quotedForFish("test (count (commandline -opc)) -eq 1"), command.name,
                        quotedForFish(command.description));
  for (const CommandRow &command : table)
    for (const OptionRow &option : command.options)
      if (!option.isPositional)
        text += fishOption(fishCondition(table, command), option);
      else if (!option.choices.empty())
        text += fmt::format("complete -c ninc -n {} -f -a {}\n", quotedForFish(fishCondition(table, command)),
                            quotedForFish(joined(option.choices)));
  return text;
}

} // namespace ninc
