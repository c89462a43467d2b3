// What LLVM and lld make, made in a forked process: they end their process where memory runs out, where a
// file can't be written, and where they find a defect of their own. Here that is an error with their words in
// it, the next thing can be made as if nothing had happened, and who is to blame is told apart: the system's
// limits are the user's to change, everything else is a defect of ninc.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "support/ForkedTask.h"
#include "support/Result.h"

namespace ninc {

// What `work` returns, bytes or an error. `what` is being made, for messages: "linking". In a child of
// ForkedTask it is done at once, since that is apart already (and is paused and ended as one process). Not to
// be called while another thread of the process uses LLVM.
Result<std::string> madeApart(std::string_view what, const std::function<Result<std::string>()> &work);

// Why a child that was to make `what` came to no good end. Its words should have been collected.
Error whyNotMade(std::string_view what, const ForkedTask::End &end);

} // namespace ninc
