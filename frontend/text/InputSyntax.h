// The words of an input's type without its shape, for those who have the input from elsewhere.
#pragma once

#include "frontend/text/Cursor.h"
#include "frontend/text/OpSyntax.h"
#include "ir/Types.h"

namespace ninc::text {

// "u8 hwc mean 104, 117, 123 scale 0.017 bgr": `given` as these words want it, in any order; what they don't
// say stays. Takes the whole statement. Mistakes are reported through the cursor; what the words say may
// still be refused by the input's type rule, for which `places` has where each stands.
TensorType parseInputWords(const TensorType &given, Cursor &cursor, OpPlaces &places);

} // namespace ninc::text
