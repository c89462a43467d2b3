// What a model may be called. A model M exports the functions M_run, M_model and so on to whatever program
// links or loads its library, so none of them may be another's: the C library's (a `sem_wait` of ours would
// take every program's), ninc's own, or another model's. The rule is the same on every machine and for every
// target.
#pragma once

#include <array>
#include <string_view>

#include "support/Result.h"

namespace ninc {

// The functions of every model's C interface behind "M_", in the order in which the host module makes them.
// Some models lack some of them.
inline constexpr std::array<std::string_view, 13> modelFunctions = {
    "run",          "run_batch",   "model",         "size_for", "supported",   "chosen_target", "use_target",
    "open_weights", "use_weights", "close_weights", "strerror", "team_create", "team_destroy"};

// Those of a model with code for devices besides.
inline constexpr std::array<std::string_view, 7> modelDeviceFunctions = {
    "create", "destroy", "run_on", "enqueue", "wait", "message", "native"};

// Whether a model may be called so; the error says why not. A name is fit in the sense of ir/Names.h too.
Result<void> checkModelName(std::string_view name);

} // namespace ninc
