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
