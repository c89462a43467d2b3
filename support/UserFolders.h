// Where this user's files belong, by the XDG Base Directory Specification: $XDG_CACHE_HOME or ~/.cache and
// the like. Variables that hold a relative path don't count, as the specification has it. The home folder is
// $HOME or, without one, the one that the system's user database has.
//
// Only names: the folders need not be there, and nothing is said about who may write to them.
#pragma once

#include <filesystem>
#include <optional>

namespace ninc {

std::optional<std::filesystem::path> homeFolder();

std::optional<std::filesystem::path> cacheHome();        // $XDG_CACHE_HOME, else ~/.cache
std::optional<std::filesystem::path> dataHome();         // $XDG_DATA_HOME, else ~/.local/share
std::optional<std::filesystem::path> runtimeDirectory(); // $XDG_RUNTIME_DIR; nothing stands in for it

} // namespace ninc
