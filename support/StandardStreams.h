// The three standard streams, and how a program says something on them. They belong to whoever started it:
// any of them may be closed, full or a pipe without a reader.
//
// What is said on stderr may be lost, and costs nothing else: neither the exit code nor an output depends on
// whether anybody listens. What a command answers on stdout is its result: if that doesn't arrive, the
// command has failed. So nothing writes to either but by these functions, which never throw.
#pragma once

#include <fmt/format.h>
#include <new>
#include <optional>
#include <string_view>
#include <utility>

namespace ninc {

// Call it first: from then on 0, 1 and 2 belong to nothing of ours, nor of our children's, and a pipe without
// a reader or a file at its largest size is an error of write(2) rather than the end of the process. A
// descriptor that is closed gets /dev/null, opened so that reading or writing fails as it did before; on
// stderr everything is lost instead.
void guardStandardStreams();

// In a child that becomes another program, which expects the signals (SIGPIPE, SIGXFSZ) as they usually are.
void restoreWriteSignals();

void sayText(std::string_view text) noexcept;    // to stderr
void answerText(std::string_view text) noexcept; // to stdout

template <class... Arguments>
void say(fmt::format_string<Arguments...> format, Arguments &&...arguments) {
  try {
    sayText(fmt::format(format, std::forward<Arguments>(arguments)...));
  } catch (const std::bad_alloc &) { // what is said may be lost
  }
}

template <class... Arguments>
void answer(fmt::format_string<Arguments...> format, Arguments &&...arguments) {
  answerText(fmt::format(format, std::forward<Arguments>(arguments)...));
}

// Sends off what is still buffered. The number of the first error that kept an answer from arriving, of all
// of them so far; nothing if all arrived.
std::optional<int> answersLost();

} // namespace ninc
