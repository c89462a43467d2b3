#include "support/Orientation.h"

#include <cstdint>

namespace ninc {

namespace {

// Numbers of a TIFF file, in its byte order; nothing beyond its end.
class TiffReader {
public:
  TiffReader(std::string_view bytes, bool bigEndian) : bytes_(bytes), bigEndian_(bigEndian) {}

  std::optional<std::uint32_t> number(std::uint64_t at, std::size_t size) const {
    if (at > bytes_.size() || bytes_.size() - at < size) return {};
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i)
      value = value << 8 | static_cast<unsigned char>(bytes_[at + (bigEndian_ ? i : size - 1 - i)]);
    return value;
  }

private:
  std::string_view bytes_;
  bool bigEndian_;
};

std::optional<Orientation> inRange(std::uint32_t number) {
  if (number < 1 || number > 8) return {};
  return static_cast<Orientation>(number);
}

// Where in the stored picture the pixel (x, y) of the upright one stands.
struct Position {
  std::size_t x, y;
};

Position storedPosition(Orientation orientation, std::size_t x, std::size_t y, std::size_t width,
                        std::size_t height) {
  std::size_t lastX = width - 1, lastY = height - 1; // of the stored picture
  switch (orientation) {
  case 2:
    return {lastX - x, y};
  case 3:
    return {lastX - x, lastY - y};
  case 4:
    return {x, lastY - y};
  case 5:
    return {y, x};
  case 6:
    return {y, lastY - x};
  case 7:
    return {lastX - y, lastY - x};
  case 8:
    return {lastX - y, x};
  default:
    return {x, y};
  }
}

} // namespace

std::optional<Orientation> orientationOfExif(std::string_view tiff) {
  bool bigEndian = tiff.starts_with("MM");
  if (!bigEndian && !tiff.starts_with("II")) return {};
  TiffReader reader(tiff, bigEndian);
  constexpr std::uint32_t magic = 42, orientationTag = 0x0112, shortType = 3, longType = 4;
  constexpr std::uint64_t entrySize = 12; // tag, type, count, and a value of up to four bytes
  if (reader.number(2, 2) != magic) return {};
  std::optional<std::uint32_t> directory = reader.number(4, 4);
  if (!directory) return {};
  std::optional<std::uint32_t> entries = reader.number(*directory, 2);
  if (!entries) return {};
  for (std::uint64_t i = 0; i < *entries; ++i) {
    std::uint64_t entry = std::uint64_t{*directory} + 2 + i * entrySize;
    std::optional<std::uint32_t> tag = reader.number(entry, 2);
    if (!tag) return {}; // the block ends here
    if (tag != orientationTag) continue;
    std::optional<std::uint32_t> type = reader.number(entry + 2, 2);
    bool isShort = type == shortType;
    if (!isShort && type != longType) return {};
    std::optional<std::uint32_t> value = reader.number(entry + 8, isShort ? 2 : 4);
    return value ? inRange(*value) : std::nullopt;
  }
  return {};
}

std::optional<Orientation> orientationOfXmp(std::string_view xml) {
  constexpr std::string_view property = "tiff:Orientation";
  std::size_t at = xml.find(property);
  if (at == xml.npos) return {};
  xml.remove_prefix(at + property.size());
  std::size_t value = xml.find_first_not_of(" \t\r\n=\"'>");
  if (value == xml.npos || value == 0) return {};
  bool isOneDigit = value + 1 == xml.size() || xml[value + 1] < '0' || xml[value + 1] > '9';
  if (xml[value] < '0' || xml[value] > '9' || !isOneDigit) return {};
  return inRange(static_cast<std::uint32_t>(xml[value] - '0'));
}

Image turnUpright(Image image, Orientation orientation) {
  if (orientation == upright) return image;
  auto width = static_cast<std::size_t>(image.width), height = static_cast<std::size_t>(image.height);
  auto channels = static_cast<std::size_t>(image.channels);
  bool exchanged = orientation >= 5;
  std::size_t newWidth = exchanged ? height : width, newHeight = exchanged ? width : height;
  std::vector<std::uint16_t> pixels;
  pixels.reserve(image.pixels.size());
  for (std::size_t y = 0; y < newHeight; ++y)
    for (std::size_t x = 0; x < newWidth; ++x) {
      Position stored = storedPosition(orientation, x, y, width, height);
      for (std::size_t c = 0; c < channels; ++c)
        pixels.push_back(image.pixels[(stored.y * width + stored.x) * channels + c]);
    }
  image.width = static_cast<int>(newWidth);
  image.height = static_cast<int>(newHeight);
  image.pixels = std::move(pixels);
  return image;
}

} // namespace ninc
