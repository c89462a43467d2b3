#include "codegen/kernel/MadeApart.h"

#include <fmt/format.h>
#include <llvm/Support/ErrorHandling.h>
#include <new>
#include <sys/wait.h>
#include <unistd.h>

#include "support/ByteStream.h"
#include "support/Shortage.h"

namespace ninc {

namespace {

std::string firstLine(const std::string &words) {
  return words.substr(0, words.find('\n'));
}

// Before LLVM aborts, which looks like a defect.
void endWhereLlvmRunsOut() {
  static const bool once = [] {
    llvm::install_bad_alloc_error_handler([](void *, const char *, bool) { _exit(outOfMemoryStatus); });
    return true;
  }();
  static_cast<void>(once);
}

// In the child.
Result<std::string> make(const std::function<Result<std::string>()> &work) {
  endWhereLlvmRunsOut();
  Result<std::string> result = work();
  if (!result && result.error().kind == ErrorKind::internal && memoryIsOut()) throw std::bad_alloc();
  return result;
}

} // namespace

Error whyNotMade(std::string_view what, const ForkedTask::End &end) {
  if (const std::string reason = whatRanOut(end); !reason.empty())
    return {ErrorKind::badInput, fmt::format("{}: {}", what, reason)};
  const std::string words = end.words.empty() ? "" : fmt::format(": {}", firstLine(end.words));
  if (WIFSIGNALED(end.status))
    return {ErrorKind::internal, fmt::format("{} ended with {}{}", what, howItEnded(end), words)};
  // LLVM leaves the process when it can't write.
  return {ErrorKind::badInput,
          fmt::format("{} was given up{}; is there room for temporary files?", what, words)};
}

Result<std::string> madeApart(std::string_view what, const std::function<Result<std::string>()> &work) {
  if (ForkedTask::isThisProcess()) return make(work);
  auto child = ForkedTask::start([&] { return encodeResult(make(work)); }, {.collectsWords = true});
  if (!child) return fail(fmt::format("{}: {}", what, child.error().message));
  while (child->read()) {
  }
  ForkedTask::End end = child->finish();
  if (!endedWell(end)) return tl::unexpected(whyNotMade(what, end));
  if (auto result = decodeResult(std::move(end.bytes))) return std::move(*result);
  return failInternal("nothing came back from the process that was to make it");
}

} // namespace ninc
