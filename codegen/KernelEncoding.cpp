#include "codegen/KernelEncoding.h"

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
void walkSimpleFields(Stream &stream, AnyKernel &kernel) {
  stream.sequence(kernel.symbol);
  stream.number(kernel.scratchBytes);
  stream.number(kernel.scratchBytesPerThread);
  stream.sequence(kernel.object);
}

Kernel readKernel(Reader &reader) {
  Kernel kernel;
  walkSimpleFields(reader, kernel);
  std::size_t count = 0;
  reader.number(count);
  for (std::size_t i = 0; i < count && reader.sound(); ++i)
    walkArgument(reader, kernel.arguments.emplace_back());
  reader.number(count);
  for (std::size_t i = 0; i < count && reader.sound(); ++i)
    walkLaunch(reader, kernel.launches.emplace_back());
  return kernel;
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
  walkSimpleFields(writer, *kernel);
  writer.number(kernel->arguments.size());
  for (const KernelArgument &argument : kernel->arguments)
    walkArgument(writer, argument);
  writer.number(kernel->launches.size());
  for (const Launch &launch : kernel->launches)
    walkLaunch(writer, launch);
  return std::move(writer.bytes);
}

Result<Kernel> decodeKernel(std::string_view bytes) {
  Reader reader(bytes);
  unsigned char compiled = 0;
  reader.number(compiled);
  if (compiled != 0) {
    Kernel kernel = readKernel(reader);
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
