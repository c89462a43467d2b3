// Completion scripts for bash, zsh and fish, made of what the commands take: words of commands, options,
// choices, files and folders.
#pragma once

#include <span>
#include <string>

#include "tools/CommandTable.h"

namespace ninc {

// `table` is commandTable's: the program first.
std::string bashCompletion(std::span<const CommandRow> table);
std::string zshCompletion(std::span<const CommandRow> table);
std::string fishCompletion(std::span<const CommandRow> table);

} // namespace ninc
