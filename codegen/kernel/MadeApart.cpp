#include "codegen/kernel/MadeApart.h"

#include <cstring>
#include <fmt/format.h>
#include <llvm/Support/ErrorHandling.h>
#include <new>
#include <sys/wait.h>
#include <unistd.h>

#include "support/Shortage.h"

namespace ninc {

namespace {

// A mark, then the bytes, or the error's kind and message. Both ends run the same program.
enum Mark : char { made = 'm', failed = 'f' };

std::string encode(Result<std::string> result) {
  if (result) return std::move(result->insert(0, 1, made));
  std::string bytes(1, failed);
  bytes.append(reinterpret_cast<const char *>(&result.error().kind), sizeof(ErrorKind));
  return bytes + result.error().message;
}

Result<std::string> decode(std::string bytes) {
  if (bytes.starts_with(made)) return std::move(bytes.erase(0, 1));
  Error error;
  if (!bytes.starts_with(failed) || bytes.size() < 1 + sizeof error.kind)
    return failInternal("nothing came back from the process that was to make it");
  std::memcpy(&error.kind, bytes.data() + 1, sizeof error.kind);
  error.message = bytes.substr(1 + sizeof error.kind);
  return tl::unexpected(std::move(error));
}

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
  auto child = ForkedTask::start([&] { return encode(make(work)); }, {.collectsWords = true});
  if (!child) return fail(fmt::format("{}: {}", what, child.error().message));
  while (child->read()) {
  }
  ForkedTask::End end = child->finish();
  if (!endedWell(end)) return tl::unexpected(whyNotMade(what, end));
  return decode(std::move(end.bytes));
}

} // namespace ninc
