// Values as bytes, for a child process to hand to its parent. Both ends run the same program, so numbers are
// written as they lie in memory, and nothing says of which version they are.
//
// One function a type names its fields in their order, for both directions:
//
//     void walk(auto &stream, auto &kernel) { // a ByteWriter and a const Kernel, or a ByteReader and a
//     Kernel
//       stream.number(kernel.scratchBytes);
//       stream.sequence(kernel.symbol);
//       stream.each(kernel.arguments, [](auto &to, auto &argument) { walkArgument(to, argument); });
//     }
//
// A child may leave in the middle (a driver or a linker that calls exit), so a reader trusts no count: what
// isn't whole is found, and costs neither memory nor a crash.
#pragma once

#include <cstddef>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "support/Result.h"

namespace ninc {

class ByteWriter {
public:
  // Of any type that is copied byte by byte: numbers, enumerators, arrays of them.
  template <class T>
  void number(const T &value) {
    static_assert(std::is_trivially_copyable_v<T>);
    bytes.append(reinterpret_cast<const char *>(&value), sizeof value);
  }
  // A string, or a vector of such numbers.
  template <class Container>
  void sequence(const Container &values) {
    static_assert(std::is_trivially_copyable_v<typename Container::value_type>);
    number(values.size());
    bytes.append(reinterpret_cast<const char *>(values.data()),
                 values.size() * sizeof(typename Container::value_type));
  }
  // A vector of anything else; `walk(stream, value)` writes one.
  template <class Container, class Walk>
  void each(const Container &values, Walk walk) {
    number(values.size());
    for (const auto &value : values)
      walk(*this, value);
  }

  std::string bytes; // written so far
};

// The same calls in the same order. From the first thing that isn't there, values stay as they are.
class ByteReader {
public:
  // Refers to the bytes, which must outlive it.
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  template <class T>
  void number(T &value) {
    static_assert(std::is_trivially_copyable_v<T>);
    copy(&value, sizeof value);
  }
  template <class Container>
  void sequence(Container &values) {
    constexpr std::size_t size = sizeof(typename Container::value_type);
    static_assert(std::is_trivially_copyable_v<typename Container::value_type>);
    std::size_t count = 0;
    number(count);
    sound_ = sound_ && count <= rest_.size() / size;
    if (!sound_) return;
    values.resize(count);
    copy(values.data(), count * size);
  }
  template <class Container, class Walk>
  void each(Container &values, Walk walk) {
    std::size_t count = 0;
    number(count);
    for (std::size_t i = 0; i < count && sound_; ++i)
      walk(*this, values.emplace_back());
  }

  // Whether everything that was asked for was there, and nothing else is.
  bool finished() const { return sound_ && rest_.empty(); }

private:
  void copy(void *to, std::size_t bytes) {
    sound_ = sound_ && bytes <= rest_.size();
    if (!sound_ || bytes == 0) return;
    std::memcpy(to, rest_.data(), bytes);
    rest_.remove_prefix(bytes);
  }

  std::string_view rest_;
  bool sound_ = true;
};

// A result, or why there is none. Bytes of any number are moved rather than copied.
std::string encodeResult(Result<std::string> result);

// The same of a value that `walk(writer, value)` writes.
template <class T, class Walk>
std::string encodeResult(const Result<T> &result, Walk walk) {
  if (!result) return encodeResult(Result<std::string>(tl::unexpected(result.error())));
  ByteWriter writer;
  walk(writer, *result);
  return encodeResult(Result<std::string>(std::move(writer.bytes)));
}

// What encodeResult was given. Nothing if that wrote something else, or not all of it.
std::optional<Result<std::string>> decodeResult(std::string bytes);

// The same; a value is made by `walk(reader, value)`.
template <class T, class Walk>
std::optional<Result<T>> decodeResult(std::string bytes, Walk walk) {
  const std::optional<Result<std::string>> whole = decodeResult(std::move(bytes));
  if (!whole) return std::nullopt;
  if (!*whole) return Result<T>(tl::unexpected(whole->error()));
  Result<T> result{T{}};
  ByteReader reader(**whole);
  walk(reader, *result);
  if (!reader.finished()) return std::nullopt;
  return result;
}

} // namespace ninc
