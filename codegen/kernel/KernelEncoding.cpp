#include "codegen/kernel/KernelEncoding.h"

#include <cstring>
#include <type_traits>

namespace ninc {

namespace {

// Both directions walk a kernel's fields in the order of these templates.
class Writer {
public:
  template <class T>
  void number(const T &value) {
    static_assert(std::is_trivially_copyable_v<T>);
    bytes.append(reinterpret_cast<const char *>(&value), sizeof value);
  }
  template <class Container>
  void sequence(const Container &values) {
    number(values.size());
    bytes.append(reinterpret_cast<const char *>(values.data()), values.size() * sizeof(values[0]));
  }
  template <class Container, class Walk>
  void each(const Container &values, Walk walk) {
    number(values.size());
    for (const auto &value : values)
      walk(*this, value);
  }
  std::string bytes;
};

class Reader {
public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  template <class T>
  void number(T &value) {
    static_assert(std::is_trivially_copyable_v<T>);
    copy(&value, sizeof value);
  }
  template <class Container>
  void sequence(Container &values) {
    std::size_t count = 0;
    number(count);
    if (count > rest_.size() / sizeof(values[0])) {
      sound_ = false;
      return;
    }
    values.resize(count);
    copy(values.data(), count * sizeof(values[0]));
  }
  template <class Container, class Walk>
  void each(Container &values, Walk walk) {
    std::size_t count = 0;
    number(count);
    for (std::size_t i = 0; i < count && sound_; ++i)
      walk(*this, values.emplace_back());
  }
  bool sound() const { return sound_; }
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

template <class Stream, class Argument>
void walkArgument(Stream &stream, Argument &argument) {
  stream.number(argument.role);
  stream.number(argument.index);
  stream.number(argument.offset);
  stream.sequence(argument.dimensions);
  stream.number(argument.element);
}

template <class Stream, class AnyLaunch>
void walkLaunch(Stream &stream, AnyLaunch &launch) {
  stream.sequence(launch.entry);
  stream.number(launch.blocks);
  stream.number(launch.threads);
  stream.number(launch.sharedBytes);
  stream.sequence(launch.arguments);
}

template <class Stream, class AnyKernel>
void walkKernel(Stream &stream, AnyKernel &kernel) {
  stream.sequence(kernel.symbol);
  stream.number(kernel.scratchBytes);
  stream.number(kernel.scratchBytesPerThread);
  stream.sequence(kernel.object);
  stream.each(kernel.arguments, [](auto &to, auto &argument) { walkArgument(to, argument); });
  stream.each(kernel.launches, [](auto &to, auto &launch) { walkLaunch(to, launch); });
}

} // namespace

std::string encode(const Result<Kernel> &kernel) {
  Writer writer;
  writer.number(kernel.has_value());
  if (!kernel) {
    writer.number(kernel.error().kind);
    writer.sequence(kernel.error().message);
    return std::move(writer.bytes);
  }
  walkKernel(writer, *kernel);
  return std::move(writer.bytes);
}

Result<Kernel> decodeKernel(std::string_view bytes) {
  Reader reader(bytes);
  unsigned char compiled = 0;
  reader.number(compiled);
  if (compiled != 0) {
    Kernel kernel;
    walkKernel(reader, kernel);
    if (reader.finished()) return kernel;
  } else {
    Error error;
    reader.number(error.kind);
    reader.sequence(error.message);
    if (reader.finished()) return tl::unexpected(error);
  }
  return failInternal("a kernel came back incomplete from the process that compiled it");
}

} // namespace ninc
