// Names of other formats -> names of values. A file may call a value anything, `conv1/7x7_s2:0`, `387`; a
// value's name is an identifier (ir/Names.h).
//
// The map is injective, and stable: what a name becomes hangs on the names that were asked for before, not on
// what happens to the values. Identifiers stay as they are wherever they can. In others what can't stand in a
// name becomes `_`, leading and repeated ones go, a digit in front gets a `v`, and what is taken or reserved
// gets a number behind it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace ninc {

class NameMap {
public:
  // The name of what the file calls `foreign`; the same each time.
  const std::string &of(std::string_view foreign);

  // A name that nothing has yet, for a value that the file doesn't name: `base`, if it is free.
  std::string fresh(std::string_view base);

private:
  std::unordered_map<std::string, std::string> names_;
  std::unordered_set<std::string> taken_;
  std::unordered_map<std::string, std::size_t> next_; // number behind a base that is taken
};

// An identifier that reads like the text; it may be reserved.
std::string identifierLike(std::string_view text);

// A name for a model, made of a text that may be none, such as a file's.
std::string modelNameLike(std::string_view text);

} // namespace ninc
