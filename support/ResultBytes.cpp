#include "support/ResultBytes.h"

#include <cstring>
#include <utility>

namespace ninc {

namespace {

enum Mark : char { made = 'm', failed = 'f' };

} // namespace

std::string encodeResult(Result<std::string> result) {
  if (result) return std::move(result->insert(0, 1, made));
  std::string bytes(1, failed);
  bytes.append(reinterpret_cast<const char *>(&result.error().kind), sizeof(ErrorKind));
  return bytes + result.error().message;
}

std::optional<Result<std::string>> decodeResult(std::string bytes) {
  if (bytes.starts_with(made)) return std::move(bytes.erase(0, 1));
  Error error;
  if (!bytes.starts_with(failed) || bytes.size() < 1 + sizeof error.kind) return std::nullopt;
  std::memcpy(&error.kind, bytes.data() + 1, sizeof error.kind);
  error.message = bytes.substr(1 + sizeof error.kind);
  return tl::unexpected(std::move(error));
}

} // namespace ninc
