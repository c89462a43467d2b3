#include "support/Safetensors.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

#include "support/FileContent.h"
#include "support/FileFailure.h"
#include "support/Files.h"
#include "support/FloatFormats.h"
#include "support/Half.h"

namespace ninc {

namespace {

using Json = nlohmann::json;

constexpr std::uint64_t largestHeader = 100'000'000; // bytes; the limit of the format's own reader
constexpr std::size_t largestRank = 32;
constexpr std::string_view metadataKey = "__metadata__";

// What the header says of one tensor.
struct Entry {
  std::string name;
  std::optional<std::string> dtype;
  std::optional<std::vector<std::int64_t>> shape;
  std::optional<std::vector<std::int64_t>> offsets;
};

// Reads the header's JSON event by event and accepts the format's grammar alone. No document is built, so
// neither depth nor size of the text matters; and a name that appears twice shows, which a document hides.
class HeaderReader : public nlohmann::json_sax<Json> {
public:
  std::vector<Entry> entries;
  std::string error; // why it stopped; empty when it didn't

  bool null() override { return unexpected("null"); }
  bool boolean(bool) override { return unexpected("a truth value"); }
  bool number_integer(number_integer_t number) override {
    return unexpected(fmt::format("the negative number {}", number));
  }
  bool number_float(number_float_t, const string_t &text) override {
    return unexpected(fmt::format("the fraction {}", text));
  }
  bool binary(binary_t &) override { return unexpected("binary data"); }

  bool number_unsigned(number_unsigned_t number) override {
    if (place_ != Place::shape && place_ != Place::offsets) return unexpected("a number");
    if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      return stop(fmt::format("{}: {} is too large a number", tensor(), number));
    std::vector<std::int64_t> &list =
        place_ == Place::shape ? *entries.back().shape : *entries.back().offsets;
    if (list.size() == largestRank)
      return stop(fmt::format("{} has more than {} dimensions", tensor(), largestRank));
    list.push_back(static_cast<std::int64_t>(number));
    return true;
  }

  bool string(string_t &text) override {
    if (place_ == Place::metadata) return true;
    if (place_ != Place::tensor || key_ != "dtype") return unexpected("a text");
    entries.back().dtype = text;
    return true;
  }

  bool start_object(std::size_t) override {
    if (place_ == Place::outside) {
      place_ = Place::top;
    } else if (place_ == Place::top && key_ == metadataKey) {
      place_ = Place::metadata;
    } else if (place_ == Place::top) {
      place_ = Place::tensor;
      entries.push_back({key_, {}, {}, {}});
    } else {
      return unexpected("an object");
    }
    if (place_ != Place::top) innerKeys_.clear();
    return true;
  }

  bool key(string_t &key) override {
    key_ = key;
    bool fresh = place_ == Place::top ? names_.insert(key).second : innerKeys_.insert(key).second;
    if (!fresh)
      return stop(place_ == Place::top ? fmt::format("the tensor '{}' appears twice", key)
                                       : fmt::format("the key '{}' appears twice", key));
    if (place_ == Place::tensor && key != "dtype" && key != "shape" && key != "data_offsets")
      return stop(fmt::format("{} has the unknown key '{}'", tensor(), key));
    return true;
  }

  bool end_object() override {
    place_ = place_ == Place::top ? Place::outside : Place::top;
    return true;
  }

  bool start_array(std::size_t) override {
    if (place_ != Place::tensor || key_ == "dtype") return unexpected("a list");
    place_ = key_ == "shape" ? Place::shape : Place::offsets;
    (place_ == Place::shape ? entries.back().shape : entries.back().offsets).emplace();
    return true;
  }

  bool end_array() override {
    place_ = Place::tensor;
    return true;
  }

  bool parse_error(std::size_t position, const std::string &, const Json::exception &) override {
    return stop(fmt::format("its header is no JSON (byte {} of the header)", position));
  }

private:
  enum class Place { outside, top, metadata, tensor, shape, offsets };

  std::string tensor() const { return fmt::format("the tensor '{}'", entries.back().name); }

  bool stop(std::string why) {
    error = std::move(why);
    return false;
  }

  bool unexpected(std::string_view what) {
    if (place_ == Place::outside) return stop(fmt::format("its header is {} instead of an object", what));
    if (place_ == Place::top || place_ == Place::metadata)
      return stop(fmt::format("its header has {} for '{}'", what, key_));
    return stop(fmt::format("{} has {} for '{}'", tensor(), what, key_));
  }

  Place place_ = Place::outside;
  std::string key_;
  std::set<std::string> names_, innerKeys_;
};

Result<std::vector<Entry>> readHeader(std::string_view header) {
  // The format wants '{' as the first byte; JSON alone would allow a byte order mark or spaces.
  if (!header.starts_with('{')) return fail("its header doesn't begin with '{'");
  HeaderReader reader;
  try {
    Json::sax_parse(header.begin(), header.end(), &reader);
  } catch (const std::exception &exception) { // out of memory, most likely
    return fail(fmt::format("its header can't be read: {}", exception.what()));
  }
  if (!reader.error.empty()) return fail(std::move(reader.error));
  return std::move(reader.entries);
}

// A dtype that is converted.
struct Conversion {
  std::string_view dtype;
  std::uint64_t size; // bytes
  float (*load)(const char *bytes);
};

constexpr std::array conversions{
    Conversion{"F32", 4, [](const char *bytes) { return loadAs<float>(bytes); }},
    Conversion{"F64", 8, [](const char *bytes) { return static_cast<float>(loadAs<double>(bytes)); }},
    Conversion{"F16", 2, [](const char *bytes) { return fromHalf(loadAs<std::uint16_t>(bytes)); }},
    Conversion{"BF16", 2, [](const char *bytes) { return bfloat16ToFloat(loadAs<std::uint16_t>(bytes)); }},
};

const Conversion *conversionOf(std::string_view dtype) {
  const auto *found = std::ranges::find(conversions, dtype, &Conversion::dtype);
  return found == conversions.end() ? nullptr : found;
}

// The sizes of the dtypes that the format has today, so that their shapes can be checked.
struct DtypeSize {
  std::string_view name;
  std::uint64_t bits;
};

constexpr std::array dtypeSizes{
    DtypeSize{"BOOL", 8},        DtypeSize{"F4", 4},      DtypeSize{"F6_E2M3", 6},
    DtypeSize{"F6_E3M2", 6},     DtypeSize{"U8", 8},      DtypeSize{"I8", 8},
    DtypeSize{"F8_E5M2", 8},     DtypeSize{"F8_E4M3", 8}, DtypeSize{"F8_E8M0", 8},
    DtypeSize{"F8_E4M3FNUZ", 8}, DtypeSize{"I16", 16},    DtypeSize{"U16", 16},
    DtypeSize{"F8_E5M2FNUZ", 8}, DtypeSize{"F16", 16},    DtypeSize{"BF16", 16},
    DtypeSize{"I32", 32},        DtypeSize{"U32", 32},    DtypeSize{"F32", 32},
    DtypeSize{"C64", 64},        DtypeSize{"F64", 64},    DtypeSize{"I64", 64},
    DtypeSize{"U64", 64},
};

// An entry whose claims about itself agree with one another.
Result<StoredTensor> checkEntry(const Entry &entry, std::uint64_t dataSize) {
  auto wrong = [&](std::string_view what) {
    return fail(fmt::format("the tensor '{}' {}", entry.name, what));
  };
  if (!entry.dtype) return wrong("has no dtype");
  if (!entry.shape) return wrong("has no shape");
  if (!entry.offsets) return wrong("has no data_offsets");
  if (entry.offsets->size() != 2)
    return wrong(fmt::format("has {} data_offsets, not 2", entry.offsets->size()));
  auto begin = static_cast<std::uint64_t>((*entry.offsets)[0]),
       end = static_cast<std::uint64_t>((*entry.offsets)[1]);
  if (begin > end || end > dataSize)
    return wrong(
        fmt::format("has data_offsets [{}, {}], outside the file's {} bytes of data", begin, end, dataSize));
  std::optional<std::uint64_t> count = countElements(*entry.shape);
  const auto *size = std::ranges::find(dtypeSizes, std::string_view(*entry.dtype), &DtypeSize::name);
  std::uint64_t bits = 0;
  bool isKnown = size != dtypeSizes.end();
  if (!count || (isKnown && __builtin_mul_overflow(*count, size->bits, &bits)))
    return wrong(fmt::format("has a shape [{}] that no file can hold", fmt::join(*entry.shape, ", ")));
  std::uint64_t bytes = bits / 8 + (bits % 8 != 0);
  if (isKnown && bytes != end - begin)
    return wrong(fmt::format("is {} [{}], which takes {} bytes, but its data_offsets span {}", *entry.dtype,
                             fmt::join(*entry.shape, ", "), bytes, end - begin));
  return StoredTensor{*entry.dtype, *entry.shape, begin, end};
}

// Tensors cover the data without gap or overlap.
Result<void> checkCover(const std::map<std::string, StoredTensor> &tensors, std::uint64_t dataSize) {
  std::vector<std::map<std::string, StoredTensor>::const_iterator> sorted;
  for (auto entry = tensors.begin(); entry != tensors.end(); ++entry)
    sorted.push_back(entry);
  std::ranges::sort(sorted, {},
                    [](const auto &entry) { return std::pair(entry->second.begin, entry->second.end); });
  std::uint64_t covered = 0;
  const std::string *before = nullptr;
  for (const auto &entry : sorted) {
    const auto &[name, tensor] = *entry;
    if (tensor.begin < covered)
      return fail(
          fmt::format("the tensor '{}' begins at byte {} of the data, inside '{}', which ends at {}; the "
                      "format has no tensors that share their numbers: write each of them out",
                      name, tensor.begin, *before, covered));
    if (tensor.begin > covered)
      return fail(
          fmt::format("the tensor '{}' begins at byte {} of the data, but the one before it ends at {}", name,
                      tensor.begin, covered));
    covered = tensor.end;
    before = &name;
  }
  if (covered != dataSize)
    return fail(fmt::format("its tensors take {} bytes, but {} follow the header", covered, dataSize));
  return {};
}

// What stands in front of the data.
struct Header {
  std::size_t dataAt = 0;
  std::map<std::string, StoredTensor> tensors;
};

Result<Header> parseHeader(std::string_view bytes) {
  // The header's length may look like the start of something else, if a header stands behind it.
  FileContent content = fileContent(bytes);
  bool hasHeader = bytes.size() > 8 && bytes[8] == '{';
  if (!hasHeader && content.kind != FileKind::unknown)
    return fail(fmt::format("it is no safetensors file but {}; safetensors' save_file writes what is read",
                            content.name));
  if (bytes.size() < 8)
    return fail(fmt::format("it has {} bytes, too few for a safetensors file", bytes.size()));
  auto headerSize = loadAs<std::uint64_t>(bytes.data());
  if (headerSize > largestHeader)
    return fail(fmt::format("it is no safetensors file: a header of {} bytes is beyond the format's limit",
                            headerSize));
  if (headerSize > bytes.size() - 8)
    return fail(fmt::format("it is cut off: the header has {} bytes, the file {}", headerSize, bytes.size()));
  Result<std::vector<Entry>> entries = readHeader(bytes.substr(8, headerSize));
  if (!entries) return tl::unexpected(entries.error());

  Header header{8 + headerSize, {}};
  std::uint64_t dataSize = bytes.size() - header.dataAt;
  for (const Entry &entry : *entries) {
    Result<StoredTensor> tensor = checkEntry(entry, dataSize);
    if (!tensor) return tl::unexpected(tensor.error());
    header.tensors.emplace(entry.name, std::move(*tensor));
  }
  if (Result<void> covered = checkCover(header.tensors, dataSize); !covered)
    return tl::unexpected(covered.error());
  return header;
}

// `data` is what follows the header.
Result<Array> loadTensor(const std::string &name, const StoredTensor &tensor, std::string_view data) {
  const Conversion *conversion = conversionOf(tensor.dtype);
  if (!conversion)
    return fail(
        fmt::format("the tensor '{}' has dtype {}; F32, F64, F16 and BF16 can be read", name, tensor.dtype));
  const char *bytes = data.data() + tensor.begin;
  Array array{tensor.shape, std::vector<float>(*countElements(tensor.shape))};
  for (std::size_t i = 0; i < array.data.size(); ++i)
    array.data[i] = conversion->load(bytes + i * conversion->size);
  return array;
}

} // namespace

bool canLoad(std::string_view dtype) {
  return conversionOf(dtype) != nullptr;
}

Result<SafetensorsFile> SafetensorsFile::parse(std::string bytes) {
  Result<Header> header = parseHeader(bytes);
  if (!header) return tl::unexpected(header.error());
  return SafetensorsFile(std::move(bytes), header->dataAt, std::move(header->tensors));
}

Result<SafetensorsFile> SafetensorsFile::read(const std::filesystem::path &file) {
  Result<std::string> bytes = readFile(file);
  if (!bytes) return tl::unexpected(bytes.error());
  Result<SafetensorsFile> parsed = parse(std::move(*bytes));
  if (!parsed) return cannot("read", file, parsed.error().message);
  return parsed;
}

Result<Array> SafetensorsFile::load(const std::string &name) const {
  auto found = tensors_.find(name);
  if (found == tensors_.end()) return failInternal(fmt::format("no tensor '{}' to load", name));
  return loadTensor(name, found->second, std::string_view(bytes_).substr(dataAt_));
}

Result<std::map<std::string, Array>> parseSafetensors(std::string_view bytes) {
  Result<Header> header = parseHeader(bytes);
  if (!header) return tl::unexpected(header.error());
  std::map<std::string, Array> tensors;
  for (const auto &[name, tensor] : header->tensors) {
    Result<Array> array = loadTensor(name, tensor, bytes.substr(header->dataAt));
    if (!array) return tl::unexpected(array.error());
    tensors.emplace(name, std::move(*array));
  }
  return tensors;
}

Result<std::map<std::string, Array>> readSafetensors(const std::filesystem::path &file) {
  Result<std::string> bytes = readFile(file);
  if (!bytes) return tl::unexpected(bytes.error());
  Result<std::map<std::string, Array>> tensors = parseSafetensors(*bytes);
  if (!tensors) return cannot("read", file, tensors.error().message);
  return tensors;
}

Result<std::string> formatSafetensors(const std::map<std::string, ArrayView> &tensors,
                                      const std::map<std::string, std::string> &metadata) {
  // An ordered map gives the header's keys, too, the order of the names.
  Json header = Json::object();
  std::uint64_t offset = 0;
  for (const auto &[name, tensor] : tensors) {
    if (name == metadataKey) return fail(fmt::format("a tensor can't be named '{}'", name));
    if (countElements(tensor.shape) != tensor.data.size())
      return failInternal(fmt::format("the tensor '{}' has {} numbers for the shape [{}]", name,
                                      tensor.data.size(), fmt::join(tensor.shape, ", ")));
    std::uint64_t end = offset + tensor.data.size_bytes();
    header[name] = {{"dtype", "F32"},
                    {"shape", std::vector<std::int64_t>(tensor.shape.begin(), tensor.shape.end())},
                    {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text;
  try {
    text = header.dump();
    if (!metadata.empty())
      text.insert(1,
                  fmt::format("\"{}\":{}{}", metadataKey, Json(metadata).dump(), header.empty() ? "" : ","));
  } catch (const Json::exception &) {
    return fail("a tensor's name is no UTF-8");
  }
  text.resize((text.size() + 7) / 8 * 8, ' ');

  std::uint64_t headerSize = text.size();
  std::string bytes;
  bytes.reserve(8 + text.size() + offset);
  bytes.append(reinterpret_cast<const char *>(&headerSize), sizeof headerSize);
  bytes += text;
  for (const auto &[name, tensor] : tensors)
    bytes.append(reinterpret_cast<const char *>(tensor.data.data()), tensor.data.size_bytes());
  return bytes;
}

} // namespace ninc
