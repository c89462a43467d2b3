#include "frontend/onnx/constants/ReadTensor.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <limits>
#include <optional>
#include <type_traits>

#include "frontend/onnx/ReadModel.h"
#include "support/Files.h"
#include "support/FloatFormats.h"
#include "support/Half.h"
#include "support/Utf8.h"

namespace ninc::onnx_import {

namespace {

using onnx::TensorProto;

struct Element {
  std::int32_t type;
  std::string_view name;
  NumberKind kind;
  std::size_t bytes; // 0: not read
};

constexpr Element elements[] = {
    {TensorProto::FLOAT, "float", NumberKind::real, 4},
    {TensorProto::DOUBLE, "double", NumberKind::real, 8},
    {TensorProto::FLOAT16, "float16", NumberKind::real, 2},
    {TensorProto::BFLOAT16, "bfloat16", NumberKind::real, 2},
    {TensorProto::INT8, "int8", NumberKind::integer, 1},
    {TensorProto::UINT8, "uint8", NumberKind::integer, 1},
    {TensorProto::INT16, "int16", NumberKind::integer, 2},
    {TensorProto::UINT16, "uint16", NumberKind::integer, 2},
    {TensorProto::INT32, "int32", NumberKind::integer, 4},
    {TensorProto::UINT32, "uint32", NumberKind::integer, 4},
    {TensorProto::INT64, "int64", NumberKind::integer, 8},
    {TensorProto::UINT64, "uint64", NumberKind::integer, 8},
    {TensorProto::BOOL, "bool", NumberKind::boolean, 1},
    {TensorProto::STRING, "string", NumberKind::integer, 0},
    {TensorProto::COMPLEX64, "complex64", NumberKind::real, 0},
    {TensorProto::COMPLEX128, "complex128", NumberKind::real, 0},
};

const Element *elementOf(std::int32_t type) {
  for (const Element &element : elements)
    if (element.type == type) return &element;
  return nullptr;
}

template <class To, class Stored, class Convert>
std::vector<To> load(std::string_view bytes, Convert convert) {
  std::vector<To> numbers(bytes.size() / sizeof(Stored));
  for (std::size_t i = 0; i < numbers.size(); ++i)
    numbers[i] = convert(loadAs<Stored>(bytes.data() + i * sizeof(Stored)));
  return numbers;
}

template <class Stored>
std::vector<std::int64_t> loadIntegers(std::string_view bytes) {
  return load<std::int64_t, Stored>(bytes, [](Stored number) {
    if constexpr (sizeof(Stored) == 8) // what is beyond says "to the end" wherever it is met
      return static_cast<std::int64_t>(
          std::is_signed_v<Stored> ? number
                                   : std::min<Stored>(number, std::numeric_limits<std::int64_t>::max()));
    else
      return static_cast<std::int64_t>(number);
  });
}

// Little-endian numbers as they lie in a file.
Literal fromBytes(std::int32_t type, NumberKind kind, Dims dims, std::string_view bytes) {
  switch (type) {
  case TensorProto::FLOAT:
    return makeReals(std::move(dims), load<float, float>(bytes, [](float x) { return x; }));
  case TensorProto::DOUBLE:
    return makeReals(std::move(dims),
                     load<float, double>(bytes, [](double x) { return static_cast<float>(x); }));
  case TensorProto::FLOAT16:
    return makeReals(std::move(dims), load<float, std::uint16_t>(bytes, fromHalf));
  case TensorProto::BFLOAT16:
    return makeReals(std::move(dims), load<float, std::uint16_t>(bytes, bfloat16ToFloat));
  case TensorProto::INT8:
    return makeIntegers(std::move(dims), loadIntegers<std::int8_t>(bytes));
  case TensorProto::INT16:
    return makeIntegers(std::move(dims), loadIntegers<std::int16_t>(bytes));
  case TensorProto::UINT16:
    return makeIntegers(std::move(dims), loadIntegers<std::uint16_t>(bytes));
  case TensorProto::INT32:
    return makeIntegers(std::move(dims), loadIntegers<std::int32_t>(bytes));
  case TensorProto::UINT32:
    return makeIntegers(std::move(dims), loadIntegers<std::uint32_t>(bytes));
  case TensorProto::INT64:
    return makeIntegers(std::move(dims), loadIntegers<std::int64_t>(bytes));
  case TensorProto::UINT64:
    return makeIntegers(std::move(dims), loadIntegers<std::uint64_t>(bytes));
  default: // one byte each: uint8, bool
    return makeIntegers(std::move(dims), loadIntegers<std::uint8_t>(bytes), kind);
  }
}

// ---- numbers in the fields that a tensor without raw data has

template <class Field, class Convert>
std::vector<float> realsOf(const Field &field, Convert convert) {
  std::vector<float> numbers;
  numbers.reserve(static_cast<std::size_t>(field.size()));
  for (const auto &number : field)
    numbers.push_back(convert(number));
  return numbers;
}

template <class Field>
std::vector<std::int64_t> integersOf(const Field &field) {
  return std::vector<std::int64_t>(field.begin(), field.end());
}

std::int64_t typedCount(const TensorProto &tensor) {
  switch (tensor.data_type()) {
  case TensorProto::FLOAT:
    return tensor.float_data_size();
  case TensorProto::DOUBLE:
    return tensor.double_data_size();
  case TensorProto::INT64:
    return tensor.int64_data_size();
  case TensorProto::UINT32:
  case TensorProto::UINT64:
    return tensor.uint64_data_size();
  default:
    return tensor.int32_data_size();
  }
}

Literal fromFields(const TensorProto &tensor, NumberKind kind, Dims dims) {
  switch (tensor.data_type()) {
  case TensorProto::FLOAT:
    return makeReals(std::move(dims), realsOf(tensor.float_data(), [](float x) { return x; }));
  case TensorProto::DOUBLE:
    return makeReals(std::move(dims),
                     realsOf(tensor.double_data(), [](double x) { return static_cast<float>(x); }));
  case TensorProto::FLOAT16:
    return makeReals(std::move(dims), realsOf(tensor.int32_data(), [](std::int32_t bits) {
                       return fromHalf(static_cast<std::uint16_t>(bits));
                     }));
  case TensorProto::BFLOAT16:
    return makeReals(std::move(dims), realsOf(tensor.int32_data(), [](std::int32_t bits) {
                       return bfloat16ToFloat(static_cast<std::uint16_t>(bits));
                     }));
  case TensorProto::INT64:
    return makeIntegers(std::move(dims), integersOf(tensor.int64_data()));
  case TensorProto::UINT32:
  case TensorProto::UINT64:
    return makeIntegers(std::move(dims), integersOf(tensor.uint64_data()));
  default:
    return makeIntegers(std::move(dims), integersOf(tensor.int32_data()), kind);
  }
}

Result<std::uint64_t> numberOf(const std::string &text, const char *what) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size())
    return fail(
        fmt::format("the {} of its external data is '{}', which is no number", what, asLine(text, 40)));
  return number;
}

} // namespace

std::string elementName(std::int32_t type) {
  if (const Element *element = elementOf(type)) return std::string(element->name);
  return fmt::format("the type number {}", type);
}

Result<NumberKind> kindOf(std::int32_t type) {
  const Element *element = elementOf(type);
  if (element && element->bytes > 0) return element->kind;
  return fail(
      fmt::format("numbers of {} aren't read; float, double, float16, bfloat16, bool and integers of 8 to 64 "
                  "bits are",
                  elementName(type)));
}

Result<Literal> TensorReader::read(const TensorProto &tensor) {
  Result<NumberKind> kind = kindOf(tensor.data_type());
  if (!kind) return tl::unexpected(kind.error());
  Dims dims(tensor.dims().begin(), tensor.dims().end());
  std::int64_t count = 0;
  if (dims.size() > mostDims) return fail(fmt::format("it has {} extents", dims.size()));
  if (!countElements(dims, count))
    return fail(fmt::format("its extents {} are negative or too large: a tensor has at most {} numbers",
                            textOf(dims), mostElements));
  const bool isExternal = tensor.data_location() == TensorProto::EXTERNAL;
  if (!isExternal && !tensor.has_raw_data()) {
    if (typedCount(tensor) != count)
      return fail(fmt::format("it is {} with {} numbers, but has data for {}", textOf(dims), count,
                              typedCount(tensor)));
    return fromFields(tensor, *kind, std::move(dims));
  }
  Result<std::string_view> bytes = isExternal ? externalData(tensor) : std::string_view(tensor.raw_data());
  if (!bytes) return tl::unexpected(bytes.error());
  const std::uint64_t needed = static_cast<std::uint64_t>(count) * elementOf(tensor.data_type())->bytes;
  if (bytes->size() != needed)
    return fail(fmt::format("it is {} {}, which is {} bytes, but has {}", elementName(tensor.data_type()),
                            textOf(dims), needed, bytes->size()));
  return fromBytes(tensor.data_type(), *kind, std::move(dims), *bytes);
}

Result<std::string_view> TensorReader::externalData(const TensorProto &tensor) {
  std::string location;
  std::uint64_t offset = 0;
  std::optional<std::uint64_t> length;
  for (const auto &entry : tensor.external_data()) {
    if (entry.key() == "location") location = entry.value();
    if (entry.key() != "offset" && entry.key() != "length") continue;
    Result<std::uint64_t> number = numberOf(entry.value(), entry.key().c_str());
    if (!number) return tl::unexpected(number.error());
    if (entry.key() == "offset")
      offset = *number;
    else
      length = *number;
  }
  Result<std::string_view> file = fileOf(location);
  if (!file) return file;
  if (offset > file->size() || length.value_or(0) > file->size() - offset)
    return fail(fmt::format("its data is {} bytes from byte {} on of '{}', which has {}", length.value_or(0),
                            offset, shownName(location), file->size()));
  return file->substr(offset, length.value_or(std::string_view::npos));
}

std::vector<std::filesystem::path> TensorReader::filesRead() const {
  std::vector<std::filesystem::path> files;
  for (const auto &[location, bytes] : files_)
    files.push_back(folder_ / location);
  return files;
}

Result<std::string_view> TensorReader::fileOf(const std::string &location) {
  if (const auto found = files_.find(location); found != files_.end()) return found->second;
  const std::filesystem::path path(location);
  bool leaves = path.is_absolute() || location.empty() || location.find('\0') != std::string::npos;
  for (const std::filesystem::path &part : path)
    leaves |= part == "..";
  std::error_code error;
  const std::filesystem::path folder =
      std::filesystem::weakly_canonical(folder_.empty() ? "." : folder_, error);
  const std::filesystem::path real = leaves ? path : std::filesystem::weakly_canonical(folder / path, error);
  if (leaves || error ||
      std::mismatch(folder.begin(), folder.end(), real.begin(), real.end()).first != folder.end())
    return fail(fmt::format("its data is said to lie in '{}', which isn't in the model's folder",
                            shownName(location)));
  Result<std::string> bytes = readFile(real);
  if (!bytes) return tl::unexpected(bytes.error());
  return files_.emplace(location, std::move(*bytes)).first->second;
}

} // namespace ninc::onnx_import
