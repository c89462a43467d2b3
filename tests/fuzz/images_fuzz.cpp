// libFuzzer target: any bytes as a picture give pixels of the channels asked for, which a PNG brings back, or
// an error. What is mutated gets its chunks' checksums right again, since otherwise none of it would be
// looked at.
#include <cstdint>
#include <string>
#include <string_view>
#include <zlib.h>

#include "support/Image.h"
#include "tests/fuzz/Require.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t *data, std::size_t size, std::size_t most);

namespace {

using namespace ninc;

constexpr std::string_view signature = "\x89PNG\r\n\x1a\n";
constexpr std::size_t word = 4; // bytes

std::uint32_t wordAt(const std::uint8_t *at) {
  return std::uint32_t{at[0]} << 24 | std::uint32_t{at[1]} << 16 | std::uint32_t{at[2]} << 8 | at[3];
}

std::string_view asText(const std::uint8_t *data, std::size_t size) {
  return {reinterpret_cast<const char *>(data), size};
}

// A chunk is its length, its name, its bytes, and the checksum of the two.
void repairChecksums(std::uint8_t *data, std::size_t size) {
  if (!asText(data, size).starts_with(signature)) return;
  for (std::size_t at = signature.size(); at + 3 * word <= size;) {
    const std::size_t length = wordAt(data + at);
    if (length > size - at - 3 * word) return;
    const auto sum = static_cast<std::uint32_t>(crc32(0, data + at + word, static_cast<uInt>(word + length)));
    at += 2 * word + length;
    for (int shift = 24; shift >= 0; shift -= 8)
      data[at++] = static_cast<std::uint8_t>(sum >> shift);
  }
}

// Pictures that take seconds and much memory lead nowhere that small ones don't. Where a frame begins in a
// JPEG isn't looked for, but taken to be wherever it might.
bool mayBeLarge(const std::uint8_t *data, std::size_t size) {
  constexpr std::uint64_t most = 1 << 18; // pixels
  constexpr std::size_t extents = signature.size() + 2 * word;
  if (asText(data, size).starts_with(signature))
    return size >= extents + 2 * word &&
           std::uint64_t{wordAt(data + extents)} * wordAt(data + extents + word) > most;
  for (std::size_t at = 0; at + 9 <= size; ++at)
    if (data[at] == 0xff && (data[at + 1] & 0xf0) == 0xc0) {
      const std::uint32_t extent = wordAt(data + at + 5); // height and width
      if (std::uint64_t{extent >> 16} * (extent & 0xffff) > most) return true;
    }
  return false;
}

} // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t *data, std::size_t size, std::size_t most,
                                               unsigned /*seed*/) {
  size = LLVMFuzzerMutate(data, size, most);
  repairChecksums(data, size);
  return size;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  if (mayBeLarge(data, size)) return 0;
  for (const int channels : {1, 3}) {
    const Result<Image> image = decodeImage(asText(data, size), channels);
    require(image || !image.error().message.empty());
    if (!image) continue;
    require(image->width >= 1 && image->height >= 1 && image->channels == channels);
    const auto pixels = static_cast<std::size_t>(image->width) * static_cast<std::size_t>(image->height);
    require(image->pixels.size() == pixels * static_cast<std::size_t>(channels));
    if (image->range != 255) continue;
    const Result<std::string> written = encodePng(*image);
    require(written.has_value());
    const Result<Image> again = decodeImage(*written, channels);
    require(again && *again == *image);
  }
  return 0;
}
