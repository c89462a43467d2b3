#include "support/Image.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include "support/FileContent.h"
#include "support/ImageFiles.h"

// One rounding for each operation, so that resizing gives the same bytes everywhere. (GCC has the flag from
// -std=c++20.)
#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#endif

namespace ninc {

namespace {

constexpr std::int64_t largestPixelCount = std::int64_t{1} << 26;

// Grey to three equal channels, colours to their luminance (ITU-R BT.601), in 65536ths.
Image withChannels(Image image, int channels) {
  if (image.channels == channels) return image;
  std::vector<std::uint16_t> pixels;
  pixels.reserve(image.pixels.size() / static_cast<std::size_t>(image.channels) *
                 static_cast<std::size_t>(channels));
  if (channels == 3)
    for (std::uint16_t grey : image.pixels)
      pixels.insert(pixels.end(), 3, grey);
  else
    for (std::size_t i = 0; i + 2 < image.pixels.size(); i += 3) {
      std::uint32_t red = image.pixels[i], green = image.pixels[i + 1], blue = image.pixels[i + 2];
      pixels.push_back(static_cast<std::uint16_t>((red * 19595 + green * 38470 + blue * 7471 + 32768) >> 16));
    }
  image.channels = channels;
  image.pixels = std::move(pixels);
  return image;
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

} // namespace

Result<void> checkExtents(std::int64_t width, std::int64_t height) {
  if (width >= 1 && height >= 1 && width <= largestPixelCount && height <= largestPixelCount &&
      width * height <= largestPixelCount)
    return {};
  return fail(fmt::format("an image of {}x{} pixels is beyond the limit of {} pixels", width, height,
                          largestPixelCount));
}

Result<Image> decodeImage(std::string_view bytes, int channels) {
  if (channels != 1 && channels != 3)
    return failInternal(fmt::format("an image has 1 or 3 channels, not {}", channels));
  FileContent content = fileContent(bytes);
  if (content.kind == FileKind::unknown) return fail("it is no PNG or JPEG image");
  if (content.kind != FileKind::png && content.kind != FileKind::jpeg)
    return fail(fmt::format("it is no PNG or JPEG image but {}; convert it to PNG", content.name));
  Result<StoredImage> stored = content.kind == FileKind::png ? decodePng(bytes) : decodeJpeg(bytes);
  if (!stored) return tl::unexpected(stored.error());
  return turnUpright(withChannels(std::move(stored->image), channels), stored->orientation);
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
              static_cast<float>(
                  image.pixels[(y * sourceWidth + static_cast<std::size_t>(columns[x].first) + i) * channels +
                               c]);

  Image result{width, height, image.channels, {}, image.range};
  auto white = static_cast<float>(image.range);
  std::vector<float> row(newWidth * channels);
  for (const Mix &mix : rows) {
    std::ranges::fill(row, 0.0f);
    for (std::size_t i = 0; i < mix.weights.size(); ++i)
      for (std::size_t x = 0; x < row.size(); ++x)
        row[x] += mix.weights[i] * narrowed[(static_cast<std::size_t>(mix.first) + i) * row.size() + x];
    for (float value : row)
      result.pixels.push_back(static_cast<std::uint16_t>(std::clamp(value + 0.5f, 0.0f, white)));
  }
  return result;
}

Array toPlanes(const Image &image) {
  auto pixelCount = static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height);
  auto channels = static_cast<std::size_t>(image.channels);
  Array planes{{image.channels, image.height, image.width}, std::vector<float>(pixelCount * channels)};
  float steps = static_cast<float>(image.range) / 255; // 1 or 257
  for (std::size_t pixel = 0; pixel < pixelCount; ++pixel)
    for (std::size_t c = 0; c < channels; ++c)
      planes.data[c * pixelCount + pixel] = static_cast<float>(image.pixels[pixel * channels + c]) / steps;
  return planes;
}

Result<std::string> encodePng(const Image &image) {
  std::int64_t pixelCount = std::int64_t{image.width} * image.height;
  bool isWhole = image.width >= 1 && image.height >= 1 && (image.channels == 1 || image.channels == 3) &&
                 pixelCount <= largestPixelCount &&
                 image.pixels.size() == static_cast<std::size_t>(pixelCount * image.channels);
  bool hasBytes =
      image.range == 255 && std::ranges::all_of(image.pixels, [](unsigned value) { return value <= 255; });
  if (!isWhole || !hasBytes)
    return failInternal(fmt::format("no PNG of {}x{} pixels, {} channels and {} numbers up to {}",
                                    image.width, image.height, image.channels, image.pixels.size(),
                                    image.range));
  return writePng(image);
}

} // namespace ninc
