// How a kernel computes what its spec says: a value, chosen by a rule from the target, printable.
#pragma once

#include <cstdint>
#include <string>

#include "codegen/KernelSpec.h"

namespace ninc {

struct Schedule;

} // namespace ninc
