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

struct Dtype {
  std::string_view name;
  std::uint64_t size; // bytes
  float (*load)(const char *bytes);
};

constexpr std::array dtypes{
    Dtype{"F32", 4, [](const char *bytes) { return loadAs<float>(bytes); }},
    Dtype{"F64", 8, [](const char *bytes) { return static_cast<float>(loadAs<double>(bytes)); }},
    Dtype{"F16", 2, [](const char *bytes) { return fromHalf(loadAs<std::uint16_t>(bytes)); }},
    Dtype{"BF16", 2, [](const char *bytes) { return bfloat16ToFloat(loadAs<std::uint16_t>(bytes)); }},
};

// The dtype of an entry whose claims about itself agree with one another.
Result<const Dtype *> checkEntry(const Entry &entry, std::uint64_t dataSize) {
  auto wrong = [&](std::string_view what) {
    return fail(fmt::format("the tensor '{}' {}", entry.name, what));
  };
  if (!entry.dtype) return wrong("has no dtype");
  if (!entry.shape) return wrong("has no shape");
  if (!entry.offsets) return wrong("has no data_offsets");
  const auto *dtype = std::ranges::find(dtypes, std::string_view(*entry.dtype), &Dtype::name);
  if (dtype == dtypes.end())
    return wrong(fmt::format("has dtype {}; F32, F64, F16 and BF16 can be read", *entry.dtype));
  if (entry.offsets->size() != 2)
    return wrong(fmt::format("has {} data_offsets, not 2", entry.offsets->size()));
  auto begin = static_cast<std::uint64_t>((*entry.offsets)[0]),
       end = static_cast<std::uint64_t>((*entry.offsets)[1]);
  if (begin > end || end > dataSize)
    return wrong(
        fmt::format("has data_offsets [{}, {}], outside the file's {} bytes of data", begin, end, dataSize));
  std::optional<std::uint64_t> count = countElements(*entry.shape);
  std::uint64_t bytes = 0;
  if (!count || __builtin_mul_overflow(*count, dtype->size, &bytes))
    return wrong(fmt::format("has a shape [{}] that no file can hold", fmt::join(*entry.shape, ", ")));
  if (bytes != end - begin)
    return wrong(fmt::format("is {} [{}], which takes {} bytes, but its data_offsets span {}", dtype->name,
                             fmt::join(*entry.shape, ", "), bytes, end - begin));
  return dtype;
}

Array load(const Entry &entry, const Dtype &dtype, std::string_view data) {
  const char *bytes = data.data() + (*entry.offsets)[0];
  Array array{*entry.shape, std::vector<float>(*countElements(*entry.shape))};
  for (std::size_t i = 0; i < array.data.size(); ++i)
    array.data[i] = dtype.load(bytes + i * dtype.size);
  return array;
}

} // namespace

Result<std::map<std::string, Array>> parseSafetensors(std::string_view bytes) {
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
  std::string_view data = bytes.substr(8 + headerSize);

  std::vector<std::pair<const Entry *, const Dtype *>> checked;
  for (const Entry &entry : *entries) {
    Result<const Dtype *> dtype = checkEntry(entry, data.size());
    if (!dtype) return tl::unexpected(dtype.error());
    checked.emplace_back(&entry, *dtype);
  }
  std::ranges::sort(checked, {}, [](const auto &pair) { return *pair.first->offsets; });
  std::int64_t covered = 0;
  for (const auto &[entry, dtype] : checked) {
    std::int64_t begin = (*entry->offsets)[0];
    if (begin != covered)
      return fail(
          fmt::format("the tensor '{}' begins at byte {} of the data, but the one before it ends at {}",
                      entry->name, begin, covered));
    covered = (*entry->offsets)[1];
  }
  if (static_cast<std::uint64_t>(covered) != data.size())
    return fail(fmt::format("its tensors take {} bytes, but {} follow the header", covered, data.size()));

  std::map<std::string, Array> tensors;
  for (const auto &[entry, dtype] : checked)
    tensors.emplace(entry->name, load(*entry, *dtype, data));
  return tensors;
}

Result<std::map<std::string, Array>> readSafetensors(const std::filesystem::path &file) {
  Result<std::string> bytes = readFile(file);
  if (!bytes) return tl::unexpected(bytes.error());
  Result<std::map<std::string, Array>> tensors = parseSafetensors(*bytes);
  if (!tensors) return fail(fmt::format("cannot read '{}': {}", file.native(), tensors.error().message));
  return tensors;
}

Result<std::string> formatSafetensors(const std::map<std::string, ArrayView> &tensors) {
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
