// Where in a tensor an element stands, for people.
#pragma once

#include <cstddef>
#include <string>

#include "ir/Types.h"

namespace ninc {

// "[1, 0, 3, 3]" for the element number `flat` of a row-major tensor.
std::string elementIndex(std::size_t flat, const Shape &shape);

} // namespace ninc
