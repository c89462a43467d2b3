// Whether a page's tags, attributes and entities are those of well-formed XML, as far as our pages use it.
#pragma once

#include <string>
#include <string_view>

namespace ninc {

// Empty if so; otherwise the reason and the place.
std::string markupError(std::string_view page);

} // namespace ninc
