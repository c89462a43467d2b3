// Pictures: the PNG and JPEG files that a model is asked about, and the PNG files that show its answers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "support/Array.h"
#include "support/Result.h"

namespace ninc {

// 8 bits a channel, rows from the top, a pixel's channels side by side: pixels[(y * width + x) * channels +
// c]. 1 channel is grey, 3 are red, green, blue.
struct Image {
  int width = 0;
  int height = 0;
  int channels = 0;
  std::vector<std::uint8_t> pixels;

  friend bool operator==(const Image &, const Image &) = default;
};

// Decodes a PNG or JPEG (baseline or progressive) to 1 or 3 channels. Colour becomes grey by luminance,
// transparency is dropped, 16 bits become 8. At most 2^26 pixels, so that a small file can't ask for all
// memory.
Result<Image> decodeImage(std::string_view bytes, int channels);

// The image in another size, at least 1x1. Bilinear when it grows; when it shrinks the triangle widens with
// the scale, so every pixel counts and nothing aliases. The same bytes on every machine.
Image resize(const Image &image, int width, int height);

// {channels, height, width}, 0 to 255: what a model's input is made of.
Array toPlanes(const Image &image);

// Lossless. Requires width and height of at least 1 and 1 or 3 channels.
Result<std::string> encodePng(const Image &image);

} // namespace ninc
