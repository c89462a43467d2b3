// Pictures: the PNG and JPEG files that a model is asked about, and the PNG files that show its answers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "support/Array.h"
#include "support/Result.h"

namespace ninc {

// Rows from the top, a pixel's channels side by side: pixels[(y * width + x) * channels + c]. 1 channel is
// grey, 3 are red, green, blue. 0 is black and `range` is white: 255, or 65535 for a file of 16 bits.
struct Image {
  int width = 0;
  int height = 0;
  int channels = 0;
  std::vector<std::uint16_t> pixels;
  int range = 255;

  friend bool operator==(const Image &, const Image &) = default;
};

// Decodes a PNG or JPEG to 1 or 3 channels, as people see it: turned upright where its EXIF data (or XMP)
// says how. What the bytes are is told from themselves, whatever their name.
//
// - PNG: every colour type and depth, interlaced or not. 16 bits stay 16; where the largest sample is below
//   a quarter of the range, as 10, 12 or 14 bits stored as they are would be, that is an error.
// - JPEG of 8 bits: baseline and progressive, grey, YCbCr, RGB, and CMYK and YCCK with Adobe's marker.
//   Without the marker nobody can tell ink from the lack of it, so such a file is refused.
// - Colour becomes grey by luminance; transparency is dropped; colour profiles and gamma are not looked at.
// - A file that is cut off, has a wrong checksum, or lets its decoder guess in any other way is an error.
// - At most 2^26 pixels, so that a small file can't ask for all memory.
//
// Any other format is refused by its name.
Result<Image> decodeImage(std::string_view bytes, int channels);

// The image in another size, at least 1x1. Bilinear when it grows; when it shrinks the triangle widens with
// the scale, so every pixel counts and nothing aliases. Rounded to whole numbers of the same range, the same
// on every machine.
Image resize(const Image &image, int width, int height);

// {channels, height, width}, 0 to 255, with fractions where the range is 65535: what a model's input is made
// of.
Array toPlanes(const Image &image);

// Lossless. Requires width and height of at least 1, 1 or 3 channels and a range of 255.
Result<std::string> encodePng(const Image &image);

} // namespace ninc
