// One line of text as a JSON object's members. Lines come from files that anybody may have written: no
// document is built, so neither depth nor size of the text matters; and a name that appears twice shows,
// which a document hides.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <variant>

#include "support/Result.h"

namespace ninc {

struct OtherValue {}; // null, a truth value, a list or an object: nothing that a record's fields are
using JsonValue = std::variant<std::string, std::int64_t, double, OtherValue>;
using JsonMembers = std::map<std::string, JsonValue, std::less<>>;

// Whole numbers that std::int64_t can't hold are doubles. Errors, in words that are safe to show: it isn't an
// object, has more than `longest` bytes, holds a zero byte, or a name twice.
Result<JsonMembers> readJsonObject(std::string_view line, std::size_t longest);

} // namespace ninc
