// Type rules, parameters and costs of ops, each of which has a header of its own.
#pragma once

#include "ir/ops/OpCost.h"
#include "ir/ops/Parameters.h"
#include "ir/ops/TypeRules.h"
