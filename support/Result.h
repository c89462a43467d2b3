// Errors are values. A function that can fail for a reason a user should read returns Result<T>: the value,
// or an Error with the sentence to print and the class it belongs to (which decides the exit code).
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace ninc {

// Exit codes of the command line, in one place (docs/architecture.md, "Errors").
enum class ErrorKind : int {
  badInput = 1, // the model, a weight file, a path: something the user gave is wrong
  usage = 2,    // the command line itself
  mismatch = 3, // verification found a difference
  internal = 70 // a defect of ninc
};

struct Error {
  ErrorKind kind = ErrorKind::badInput;
  std::string message; // one sentence or a few lines, without a trailing newline
};

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(std::string message) {
  return tl::unexpected<Error>(Error{ErrorKind::badInput, std::move(message)});
}

inline tl::unexpected<Error> failInternal(std::string message) {
  return tl::unexpected<Error>(Error{ErrorKind::internal, std::move(message)});
}

} // namespace ninc
