// Attributes as text: the half of an op's line behind its operands.
#pragma once

#include <string>

#include "ir/ops/Ops.h"

namespace ninc {

// "3x3 stride 2 ceil": the attributes as they are read back (frontend/text/OpSyntax.h), without blanks around
// them. Empty if there is nothing to say. What is the default is left out where the text form has a way to;
// floats have the fewest digits that read back to the same float.
std::string attributeText(const Op &op);

} // namespace ninc
