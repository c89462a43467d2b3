#include "tools/ManualPage.h"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <sstream>

namespace ninc {

namespace {

// As roff reads it: nothing of a text is an instruction, and a dash can be copied as a dash.
std::string escaped(const std::string &text) {
  std::string roff;
  for (const char c : text)
    if (c == '\\')
      roff += "\\e";
    else if (c == '-')
      roff += "\\-";
    else if (c == '\'')
      roff += "\\(aq";
    else if (c == '`')
      roff += "\\(ga";
    else
      roff += c;
  return roff.starts_with('.') ? "\\&" + roff : roff;
}

// What the page is found by: "compiles models ahead of time".
std::string purposeOf(const CommandRow &command) {
  std::string text = command.description;
  if (text.starts_with("ninc ")) text.erase(0, std::string("ninc ").size());
  if (text.ends_with('.')) text.pop_back();
  return escaped(text);
}

std::string titleOf(const CommandRow &command) {
  return command.name.empty() ? "ninc" : "ninc-" + command.name;
}

std::string synopsis(const CommandRow &command) {
  if (command.name.empty())
    return "\\fBninc\\fR \\fIMODEL\\fR \\fB\\-o\\fR \\fIOUT\\fR [\\fIOPTION\\fR ...]\n.br\n"
           "\\fBninc\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR ...]\n";
  std::string text = fmt::format("\\fBninc {}\\fR [\\fIOPTION\\fR ...]", command.name);
  for (const OptionRow &option : command.options)
    if (option.isPositional)
      text += option.isRequired ? fmt::format(" \\fI{}\\fR", escaped(option.names[0]))
                                : fmt::format(" [\\fI{}\\fR]", escaped(option.names[0]));
  return text + "\n";
}

std::string paragraphOf(const OptionRow &option) {
  std::string head;
  for (const std::string &name : option.names)
    head += fmt::format("{}{}{}\\fR", head.empty() ? "" : ", ", option.isPositional ? "\\fI" : "\\fB",
                        escaped(name));
  if (!option.value.empty()) head += fmt::format(" \\fI{}\\fR", escaped(option.value));
  return fmt::format(".TP\n{}\n{}\n", head, escaped(option.description));
}

std::string options(const CommandRow &command, bool positional) {
  std::string text;
  for (const OptionRow &option : command.options)
    if (option.isPositional == positional) text += paragraphOf(option);
  return text;
}

std::string commandsOf(std::span<const CommandRow> table) {
  std::string text = ".SH COMMANDS\nEach has a page of its own, \\fBninc\\-COMMAND\\fR(1).\n";
  for (const CommandRow &command : table.subspan(1))
    text += fmt::format(".TP\n\\fBninc {}\\fR\n{}\n", command.name, escaped(command.description));
  return text;
}

// A footer's lines: what is indented by two blanks is shown as it stands, between it stands prose.
std::string notes(const CommandRow &command) {
  if (command.footer.empty()) return {};
  std::string text = ".SH NOTES\n";
  bool isShown = false;
  std::istringstream lines(command.footer);
  for (std::string line; std::getline(lines, line);) {
    const bool isExample = line.starts_with("  ");
    if (isExample != isShown) text += isExample ? ".PP\n.nf\n.RS\n" : ".RE\n.fi\n.PP\n";
    isShown = isExample;
    text += escaped(isExample ? line.substr(2) : line) + "\n";
  }
  return text + (isShown ? ".RE\n.fi\n" : "");
}

constexpr const char *surroundings =
    ".SH EXIT STATUS\n"
    ".TP\n0\nDone.\n"
    ".TP\n1\nThe input or the model is bad, or something ran out.\n"
    ".TP\n2\nThe command line is.\n"
    ".TP\n3\nVerification found a difference.\n"
    ".TP\n70\nA defect of ninc.\n"
    ".SH ENVIRONMENT\n"
    ".TP\n\\fBXDG_CACHE_HOME\\fR\nWhere compiled libraries are kept, in \\fIninc/\\fR; usually "
    "\\fI~/.cache\\fR.\n"
    ".TP\n\\fBXDG_DATA_HOME\\fR\nWhere tuned schedules are kept, in \\fIninc/\\fR; usually "
    "\\fI~/.local/share\\fR.\n";

std::string seeAlso(std::span<const CommandRow> table, const CommandRow &command) {
  std::string pages;
  for (const CommandRow &other : table)
    if (&other != &command)
      pages += fmt::format("{}\\fB{}\\fR(1)", pages.empty() ? "" : ",\n", escaped(titleOf(other)));
  return fmt::format(".SH SEE ALSO\n{}\n", pages);
}

} // namespace

std::string manualPage(std::span<const CommandRow> table, const CommandRow &command,
                       const std::string &version) {
  std::string title = titleOf(command);
  std::string text = fmt::format(".SH NAME\n{} \\- {}\n", escaped(title), purposeOf(command));
  std::ranges::transform(title, title.begin(), [](unsigned char c) { return std::toupper(c); });
  text = fmt::format(".TH {} 1 \"\" \"{}\" \"ninc manual\"\n", title, version) + text;
  text += ".SH SYNOPSIS\n" + synopsis(command);
  if (const std::string arguments = options(command, true); !arguments.empty())
    text += ".SH ARGUMENTS\n" + arguments;
  text += ".SH OPTIONS\n" + options(command, false);
  if (command.name.empty()) text += commandsOf(table);
  return text + notes(command) + surroundings + seeAlso(table, command);
}

} // namespace ninc
