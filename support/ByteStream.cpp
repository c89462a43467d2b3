#include "support/ByteStream.h"

namespace ninc {

namespace {

// The first byte says which of the two follows.
enum Mark : char { made = 'm', failed = 'f' };

void walkError(auto &stream, auto &error) {
  stream.number(error.kind);
  stream.sequence(error.message);
}

} // namespace

std::string encodeResult(Result<std::string> result) {
  if (result) return std::move(result->insert(0, 1, made));
  ByteWriter writer;
  writer.number(failed);
  walkError(writer, result.error());
  return std::move(writer.bytes);
}

std::optional<Result<std::string>> decodeResult(std::string bytes) {
  if (bytes.starts_with(made)) return std::move(bytes.erase(0, 1));
  if (!bytes.starts_with(failed)) return std::nullopt;
  Error error;
  ByteReader reader(std::string_view(bytes).substr(1));
  walkError(reader, error);
  if (!reader.finished()) return std::nullopt;
  return tl::unexpected(std::move(error));
}

} // namespace ninc
