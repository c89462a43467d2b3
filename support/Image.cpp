// Files are stb's work (https://github.com/nothings/stb); its code is compiled here and nowhere else.
// Resizing isn't: stb's two generations of it have different interfaces and results, and systems ship either.
#include "support/Image.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <memory>

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_PNG
#define STBI_ONLY_JPEG
#define STBI_NO_STDIO
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#define STBI_WRITE_NO_STDIO
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb/stb_image.h>
#include <stb/stb_image_write.h>
#pragma GCC diagnostic pop

// One rounding for each operation, so that resizing gives the same bytes everywhere. (GCC has the flag from
// -std=c++20.)
#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#endif

namespace ninc {

namespace {

constexpr std::int64_t largestPixelCount = std::int64_t{1} << 26;

// Whether every Huffman table of a DHT segment has at most 256 codes (ITU T.81, B.2.4.2).
bool huffmanTablesFit(std::string_view segment) {
  while (!segment.empty()) {
    if (segment.size() < 17) return false;
    std::size_t codes = 0;
    for (char count : segment.substr(1, 16))
      codes += static_cast<unsigned char>(count);
    if (codes > 256 || segment.size() < 17 + codes) return false;
    segment.remove_prefix(17 + codes);
  }
  return true;
}

// Walks a JPEG's segments. stb_image writes beyond its tables for a DHT segment with more codes than there
// can be (2.27 does), so such files must not reach it. The walk is strict, so that what it takes
// for a segment is what stb takes for one: between segments nothing but fill bytes, none cut off.
bool jpegIsSound(std::string_view bytes) {
  auto byte = [&](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
  constexpr unsigned startOfImage = 0xd8, endOfImage = 0xd9, startOfScan = 0xda, huffmanTables = 0xc4;
  std::size_t at = 0;
  while (at < bytes.size()) {
    if (byte(at) != 0xff) return false;
    while (at < bytes.size() && byte(at) == 0xff)
      ++at;
    if (at == bytes.size()) return true;
    unsigned marker = byte(at++);
    if (marker == startOfImage) continue;
    if (marker == endOfImage) return true;
    if (bytes.size() - at < 2) return false;
    std::size_t length = byte(at) << 8 | byte(at + 1);
    if (length < 2 || length > bytes.size() - at) return false;
    if (marker == huffmanTables && !huffmanTablesFit(bytes.substr(at + 2, length - 2))) return false;
    at += length;
    if (marker != startOfScan) continue;
    // Coded data runs to the next marker; 00 behind ff is data, d0 to d7 only restart the decoder.
    auto isMarker = [](unsigned code) { return code != 0 && code != 0xff && (code < 0xd0 || code > 0xd7); };
    while (at + 1 < bytes.size() && (byte(at) != 0xff || !isMarker(byte(at + 1))))
      ++at;
    if (at + 1 == bytes.size()) return true;
  }
  return true;
}

// The source pixels that one pixel of the result mixes along one axis: source[first + i] * weights[i].
struct Mix {
  int first = 0;
  std::vector<float> weights;
};

// A triangle around each result pixel's centre, one source pixel wide to either side, or as wide as the
// shrinking factor. Weights add up to 1 at the borders too.
std::vector<Mix> mixesFor(int source, int result) {
  double scale = static_cast<double>(source) / result;
  double reach = std::max(scale, 1.0);
  std::vector<Mix> mixes(static_cast<std::size_t>(result));
  for (int i = 0; i < result; ++i) {
    double centre = (i + 0.5) * scale;
    int first = std::max(static_cast<int>(std::floor(centre - reach)), 0);
    int last = std::min(static_cast<int>(std::ceil(centre + reach)), source);
    std::vector<double> weights;
    double sum = 0;
    for (int j = first; j < last; ++j) {
      weights.push_back(std::max(1 - std::fabs(j + 0.5 - centre) / reach, 0.0));
      sum += weights.back();
    }
    Mix &mix = mixes[static_cast<std::size_t>(i)];
    mix.first = first;
    for (double weight : weights)
      mix.weights.push_back(static_cast<float>(weight / sum));
  }
  return mixes;
}

void appendBytes(void *context, void *data, int size) {
  static_cast<std::string *>(context)->append(static_cast<const char *>(data),
                                              static_cast<std::size_t>(size));
}

} // namespace

Result<Image> decodeImage(std::string_view bytes, int channels) {
  if (channels != 1 && channels != 3)
    return failInternal(fmt::format("an image has 1 or 3 channels, not {}", channels));
  if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()))
    return fail("the image file is too large");
  if (bytes.starts_with('\xff') && !jpegIsSound(bytes)) return fail("it is no PNG or JPEG image, or damaged");
  const auto *data = reinterpret_cast<const stbi_uc *>(bytes.data());
  int size = static_cast<int>(bytes.size()), width = 0, height = 0, stored = 0;
  if (!stbi_info_from_memory(data, size, &width, &height, &stored))
    return fail(fmt::format("it is no PNG or JPEG image that can be read ({})", stbi_failure_reason()));
  if (width < 1 || height < 1 || std::int64_t{width} * height > largestPixelCount)
    return fail(fmt::format("an image of {}x{} pixels is beyond the limit of {} pixels", width, height,
                            largestPixelCount));
  std::unique_ptr<stbi_uc, void (*)(void *)> pixels(
      stbi_load_from_memory(data, size, &width, &height, &stored, channels), stbi_image_free);
  if (!pixels) return fail(fmt::format("the image is damaged ({})", stbi_failure_reason()));
  Image image{width, height, channels, {}};
  image.pixels.assign(pixels.get(), pixels.get() + std::int64_t{width} * height * channels);
  return image;
}

// Columns first into floats, then rows.
Image resize(const Image &image, int width, int height) {
  auto channels = static_cast<std::size_t>(image.channels);
  auto sourceWidth = static_cast<std::size_t>(image.width), newWidth = static_cast<std::size_t>(width);
  std::vector<Mix> columns = mixesFor(image.width, width), rows = mixesFor(image.height, height);
  std::vector<float> narrowed(static_cast<std::size_t>(image.height) * newWidth * channels);
  for (std::size_t y = 0; y < static_cast<std::size_t>(image.height); ++y)
    for (std::size_t x = 0; x < newWidth; ++x)
      for (std::size_t i = 0; i < columns[x].weights.size(); ++i)
        for (std::size_t c = 0; c < channels; ++c)
          narrowed[(y * newWidth + x) * channels + c] +=
              columns[x].weights[i] *
              image.pixels[(y * sourceWidth + static_cast<std::size_t>(columns[x].first) + i) * channels + c];

  Image result{width, height, image.channels, {}};
  std::vector<float> row(newWidth * channels);
  for (const Mix &mix : rows) {
    std::ranges::fill(row, 0.0f);
    for (std::size_t i = 0; i < mix.weights.size(); ++i)
      for (std::size_t x = 0; x < row.size(); ++x)
        row[x] += mix.weights[i] * narrowed[(static_cast<std::size_t>(mix.first) + i) * row.size() + x];
    for (float value : row)
      result.pixels.push_back(static_cast<std::uint8_t>(std::clamp(value + 0.5f, 0.0f, 255.0f)));
  }
  return result;
}

Array toPlanes(const Image &image) {
  auto pixelCount = static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height);
  auto channels = static_cast<std::size_t>(image.channels);
  Array planes{{image.channels, image.height, image.width}, std::vector<float>(pixelCount * channels)};
  for (std::size_t pixel = 0; pixel < pixelCount; ++pixel)
    for (std::size_t c = 0; c < channels; ++c)
      planes.data[c * pixelCount + pixel] = image.pixels[pixel * channels + c];
  return planes;
}

Result<std::string> encodePng(const Image &image) {
  std::int64_t pixelCount = std::int64_t{image.width} * image.height;
  if (image.width < 1 || image.height < 1 || (image.channels != 1 && image.channels != 3) ||
      pixelCount > largestPixelCount ||
      image.pixels.size() != static_cast<std::size_t>(pixelCount * image.channels))
    return failInternal(fmt::format("no PNG of {}x{} pixels, {} channels and {} bytes", image.width,
                                    image.height, image.channels, image.pixels.size()));
  std::string bytes;
  if (!stbi_write_png_to_func(appendBytes, &bytes, image.width, image.height, image.channels,
                              image.pixels.data(), image.width * image.channels))
    return fail("there is not enough memory to encode the image");
  return bytes;
}

} // namespace ninc
