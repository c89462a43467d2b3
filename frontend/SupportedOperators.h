// What models of other formats may be made of, for people: the tables by which front ends read them, as data.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ninc {

struct SupportedOperator {
  std::string_view format; // "ONNX"
  std::string_view name;   // in the words of the format
  bool ofValues = false;   // computed when the model is run: by the interpreter, CPUs and devices alike
  bool ofNumbers = false;  // computed while the file is read, where its inputs are known
  std::string_view limits; // what of it isn't supported, or is; empty: all of it is
};

// What is said of one whose limits nobody has written down; a test looks for it.
constexpr std::string_view limitsAreMissing = "its limits aren't said";

// What a format's list says of one; limitsAreMissing if nothing.
using Limit = std::pair<std::string_view, std::string_view>; // name, limits
std::string_view limitsOf(std::string_view name, std::span<const Limit> list);

// By format, then by name.
std::vector<SupportedOperator> supportedOperators();

} // namespace ninc
