#include "frontend/import/NameMap.h"

#include <fmt/format.h>

#include "ir/ModelName.h"
#include "ir/Names.h"

namespace ninc {

namespace {

bool isNamePart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// A file may have names of any length, and they end up in messages and headers.
constexpr std::size_t longestName = 200;

} // namespace

std::string identifierLike(std::string_view text) {
  if (isIdentifier(text) && text.size() <= longestName) return std::string(text);
  std::string name;
  for (char c : text.substr(0, longestName)) {
    if (isNamePart(c))
      name += c;
    else if (!name.empty() && name.back() != '_')
      name += '_';
  }
  while (!name.empty() && name.back() == '_')
    name.pop_back();
  if (name.empty() || (name.front() >= '0' && name.front() <= '9')) name.insert(0, "v");
  return name;
}

std::string modelNameLike(std::string_view text) {
  std::string name = identifierLike(text);
  if (!checkModelName(name)) name += "_model";
  return checkModelName(name) ? name : "imported_model";
}

const std::string &NameMap::of(std::string_view foreign) {
  auto [found, isNew] = names_.try_emplace(std::string(foreign));
  if (isNew) found->second = fresh(identifierLike(foreign));
  return found->second;
}

std::string NameMap::fresh(std::string_view base) {
  std::string name(base);
  if (checkName(name) && taken_.insert(name).second) return name;
  std::size_t &number = next_[name];
  if (number == 0) number = isReservedWord(name) ? 0 : 1;
  do
    name = fmt::format("{}_{}", base, ++number);
  while (!checkName(name) || !taken_.insert(name).second);
  return name;
}

} // namespace ninc
