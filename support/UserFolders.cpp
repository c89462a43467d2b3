#include "support/UserFolders.h"

#include <cerrno>
#include <cstdlib>
#include <pwd.h>
#include <unistd.h>
#include <vector>

namespace ninc {

namespace {

namespace fs = std::filesystem;

// secure_getenv: whoever starts a program that has more rights than he has chooses none of its folders.
std::optional<fs::path> absolutePathIn(const char *variable) {
  const char *value = ::secure_getenv(variable);
  if (!value || *value != '/') return std::nullopt;
  return fs::path(value);
}

std::optional<fs::path> homeInUserDatabase() {
  std::vector<char> text(1024);
  passwd entry{}, *found = nullptr;
  int error = 0;
  while ((error = ::getpwuid_r(::geteuid(), &entry, text.data(), text.size(), &found)) == ERANGE)
    text.resize(text.size() * 2);
  if (error != 0 || !found || !found->pw_dir || *found->pw_dir != '/') return std::nullopt;
  return fs::path(found->pw_dir);
}

std::optional<fs::path> inHome(const char *variable, const char *usual) {
  if (auto named = absolutePathIn(variable)) return named;
  if (auto home = homeFolder()) return *home / usual;
  return std::nullopt;
}

} // namespace

std::optional<fs::path> homeFolder() {
  if (auto named = absolutePathIn("HOME")) return named;
  return homeInUserDatabase();
}

std::optional<fs::path> cacheHome() {
  return inHome("XDG_CACHE_HOME", ".cache");
}

std::optional<fs::path> dataHome() {
  return inHome("XDG_DATA_HOME", ".local/share");
}

std::optional<fs::path> runtimeDirectory() {
  return absolutePathIn("XDG_RUNTIME_DIR");
}

} // namespace ninc
