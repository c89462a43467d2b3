// Manual pages (man(7)) of commands, made of what their --help says.
#pragma once

#include <span>
#include <string>

#include "tools/CommandTable.h"

namespace ninc {

// The page of the row `command` of the table, whose first row is the program: its page lists the commands,
// the others' point to it. `version` is the program's, "ninc 0.1.0".
std::string manualPage(std::span<const CommandRow> table, const CommandRow &command,
                       const std::string &version);

} // namespace ninc
