// What to do with an array whose dimensions are right but stand in another order, or in other groups.
#pragma once

#include <string>

#include "ir/Types.h"

namespace ninc {

// "; numpy.transpose(array, (2, 0, 1)) gives the order [3, 5, 7]" for an array of [5, 7, 3] where [3, 5, 7]
// is wanted; likewise where one more dimension counts images. Where several orders would do, the dimensions
// that are not moved keep theirs, so that [5, 5, 3] is taken to have its channels last. A reshape, where the
// array has as many numbers. Empty where there is nothing to say.
std::string shapeHint(const Shape &array, const Shape &wanted);

} // namespace ninc
