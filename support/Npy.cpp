#include "support/Npy.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <new>
#include <optional>

#include "support/Arithmetic.h"
#include "support/FileFailure.h"
#include "support/Files.h"
#include "support/FloatFormats.h"
#include "support/Half.h"

namespace ninc {

namespace {

constexpr std::string_view magic = "\x93NUMPY";
constexpr std::size_t largestRank = 32; // NumPy's own limit
constexpr std::size_t alignment = 64;   // of the numbers, as NumPy writes them

struct Dtype {
  std::string_view descr;
  std::size_t size; // bytes
  float (*load)(const char *bytes);
};

template <class T>
float convert(const char *bytes) {
  return static_cast<float>(loadAs<T>(bytes));
}

constexpr std::array dtypes{
    Dtype{"<f4", 4, convert<float>},
    Dtype{"<f8", 8, convert<double>},
    Dtype{"<f2", 2, [](const char *bytes) { return fromHalf(loadAs<std::uint16_t>(bytes)); }},
    Dtype{"|u1", 1, convert<std::uint8_t>},
    Dtype{"|i1", 1, convert<std::int8_t>},
    Dtype{"<u2", 2, convert<std::uint16_t>},
    Dtype{"<i2", 2, convert<std::int16_t>},
    Dtype{"<u4", 4, convert<std::uint32_t>},
    Dtype{"<i4", 4, convert<std::int32_t>},
    Dtype{"<u8", 8, convert<std::uint64_t>},
    Dtype{"<i8", 8, convert<std::int64_t>},
    Dtype{"|b1", 1, [](const char *bytes) { return *bytes ? 1.0f : 0.0f; }},
};

struct Header {
  std::optional<std::string> descr;
  std::optional<bool> fortranOrder;
  std::optional<std::vector<std::int64_t>> shape;
};

// Reads the one Python dictionary that a header may be: the three keys in any order, each once. Every
// function skips blanks, takes what it is named after and answers whether it was there.
class HeaderReader {
public:
  explicit HeaderReader(std::string_view text) : rest_(text) {}

  bool dictionary(Header &header) {
    if (!symbol('{')) return false;
    while (!symbol('}')) {
      std::string key;
      if (!string(key) || !symbol(':') || !entry(key, header)) return false;
      if (!symbol(',')) {
        if (!symbol('}')) return false;
        break;
      }
    }
    skipBlanks();
    return rest_.empty() && header.descr && header.fortranOrder && header.shape;
  }

private:
  bool entry(std::string_view key, Header &header) {
    if (key == "descr" && !header.descr) return string(header.descr.emplace());
    if (key == "fortran_order" && !header.fortranOrder) return truth(header.fortranOrder.emplace());
    if (key == "shape" && !header.shape) return tuple(header.shape.emplace());
    return false;
  }

  bool string(std::string &text) {
    skipBlanks();
    if (rest_.empty() || (rest_[0] != '\'' && rest_[0] != '"')) return false;
    std::size_t end = rest_.find(rest_[0], 1);
    if (end == rest_.npos) return false;
    text = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    return true;
  }

  bool truth(bool &value) {
    value = word("True");
    return value || word("False");
  }

  bool tuple(std::vector<std::int64_t> &numbers) {
    if (!symbol('(')) return false;
    while (!symbol(')')) {
      if (numbers.size() == largestRank || !number(numbers.emplace_back())) return false;
      if (!symbol(',')) return symbol(')') && numbers.size() > 1; // (3) is no tuple
    }
    return true;
  }

  bool number(std::int64_t &value) {
    skipBlanks();
    auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc() || value < 0) return false;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    if (rest_.starts_with('L')) rest_.remove_prefix(1); // Python 2 wrote long integers so
    return true;
  }

  bool symbol(char expected) {
    skipBlanks();
    if (!rest_.starts_with(expected)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool word(std::string_view expected) {
    skipBlanks();
    if (!rest_.starts_with(expected)) return false;
    rest_.remove_prefix(expected.size());
    return true;
  }

  void skipBlanks() {
    while (!rest_.empty() && (rest_[0] == ' ' || rest_[0] == '\n' || rest_[0] == '\t' || rest_[0] == '\r'))
      rest_.remove_prefix(1);
  }

  std::string_view rest_;
};

// Column-major -> row-major: walks the result in its order and the source by strides that grow from the
// first dimension.
std::vector<float> toRowMajor(const std::vector<float> &source, const std::vector<std::int64_t> &shape) {
  std::vector<float> result(source.size());
  std::vector<std::int64_t> index(shape.size(), 0);
  for (float &number : result) {
    std::size_t at = 0, stride = 1;
    for (std::size_t i = 0; i < shape.size(); ++i) {
      at += static_cast<std::size_t>(index[i]) * stride;
      stride *= static_cast<std::size_t>(shape[i]);
    }
    number = source[at];
    for (std::size_t i = shape.size(); i-- > 0 && ++index[i] == shape[i];)
      index[i] = 0;
  }
  return result;
}

// `only` is the one type that numbers may be of; empty: any.
Result<Array> parse(std::string_view bytes, std::string_view only) {
  if (!bytes.starts_with(magic)) return fail("it is no .npy file");
  if (bytes.size() < magic.size() + 4) return fail("it is cut off in its header");
  int version = static_cast<unsigned char>(bytes[magic.size()]);
  if (version < 1 || version > 3) return fail(fmt::format("its format version {} is unknown", version));
  std::size_t lengthSize = version == 1 ? 2 : 4;
  std::string_view rest = bytes.substr(magic.size() + 2);
  if (rest.size() < lengthSize) return fail("it is cut off in its header");
  std::size_t headerSize =
      version == 1 ? loadAs<std::uint16_t>(rest.data()) : loadAs<std::uint32_t>(rest.data());
  rest.remove_prefix(lengthSize);
  if (headerSize > rest.size()) return fail("it is cut off in its header");

  Header header;
  if (!HeaderReader(rest.substr(0, headerSize)).dictionary(header))
    return fail("its header is not a dictionary of descr, fortran_order and shape");
  rest.remove_prefix(headerSize);
  const auto *dtype = std::ranges::find(dtypes, std::string_view(*header.descr), &Dtype::descr);
  if (dtype == dtypes.end())
    return fail(fmt::format("its numbers are '{}', which can't be read; store them as '<f4' (numpy.float32)",
                            *header.descr));
  if (!only.empty() && dtype->descr != only)
    return fail(fmt::format("its numbers are '{}', not '{}' (numpy.uint8)", *header.descr, only));
  std::optional<std::uint64_t> count = countElements(*header.shape);
  std::uint64_t needed = 0;
  if (!count || __builtin_mul_overflow(*count, dtype->size, &needed))
    return fail("its shape has more elements than a file can hold");
  if (needed != rest.size())
    return fail(
        fmt::format("its shape and type ask for {} bytes of numbers, but it has {}", needed, rest.size()));

  try {
    Array array{std::move(*header.shape), std::vector<float>(*count)};
    for (std::size_t i = 0; i < array.data.size(); ++i)
      array.data[i] = dtype->load(rest.data() + i * dtype->size);
    if (dtype->descr == "<f8")
      for (std::size_t i = 0; i < array.data.size(); ++i)
        if (const auto number = loadAs<double>(rest.data() + i * dtype->size);
            std::isinf(array.data[i]) && !std::isinf(number))
          return fail(
              fmt::format("its number {} is beyond the range of f32, in which models compute", number));
    if (*header.fortranOrder) array.data = toRowMajor(array.data, array.shape);
    return array;
  } catch (const std::bad_alloc &) {
    return fail("there is not enough memory for its numbers");
  }
}

} // namespace

Result<Array> parseNpy(std::string_view bytes) {
  return parse(bytes, {});
}

Result<Array> parseByteNpy(std::string_view bytes) {
  return parse(bytes, "|u1");
}

Result<Array> readNpy(const std::filesystem::path &file) {
  Result<std::string> bytes = readFile(file);
  if (!bytes) return tl::unexpected(bytes.error());
  Result<Array> array = parseNpy(*bytes);
  if (!array) return cannot("read", file, array.error().message);
  return array;
}

namespace {

std::string format(std::string_view descr, std::span<const std::int64_t> shape, std::string_view numbers) {
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': (", descr);
  for (std::size_t i = 0; i < shape.size(); ++i)
    header += fmt::format("{}{}", shape[i], i + 1 < shape.size() ? ", " : "");
  header += shape.size() == 1 ? ",), }" : "), }";
  // Spaces and a line break fill the header up to the alignment of the numbers.
  std::size_t start = magic.size() + 4;
  std::size_t aligned = roundUp(start + header.size() + 1, alignment);
  header.resize(aligned - start - 1, ' ');
  header += '\n';

  auto headerSize = static_cast<std::uint16_t>(header.size());
  std::string bytes;
  bytes.reserve(aligned + numbers.size());
  bytes += magic;
  bytes += '\1';
  bytes += '\0';
  bytes.append(reinterpret_cast<const char *>(&headerSize), sizeof headerSize);
  bytes += header;
  bytes += numbers;
  return bytes;
}

template <class T>
std::string_view bytesOf(std::span<const T> numbers) {
  return {reinterpret_cast<const char *>(numbers.data()), numbers.size_bytes()};
}

} // namespace

std::string formatNpy(ArrayView array) {
  return format("<f4", array.shape, bytesOf(array.data));
}

std::string formatIntegerNpy(ArrayView array) {
  const std::vector<std::int64_t> integers(array.data.begin(), array.data.end());
  return format("<i8", array.shape, bytesOf(std::span(integers)));
}

} // namespace ninc
