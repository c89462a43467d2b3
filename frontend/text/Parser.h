// `.nin` text -> Graph. The grammar is docs/language.md.
//
// A recursive-descent parser over a token vector. It recovers at the end of a line, so that one run reports
// as many independent mistakes as there are; a value whose line was wrong is known but "poisoned", and
// complaints that would only follow from it are swallowed.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ir/Graph.h"
#include "support/Diagnostics.h"

namespace ninc {

// The graph of a text, its parameters unbound; empty when an error was reported. The inputs that `shapes`
// names have those extents instead of the text's, and types behind colons are then only looked at for their
// layouts.
std::optional<Graph> parseModel(std::string_view text, Diagnostics &diagnostics,
                                const std::vector<std::pair<std::string, Shape>> &shapes = {});

} // namespace ninc
