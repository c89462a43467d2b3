// The two kinds of picture files, each read by its reference library behind a border that none of that
// library's errors crosses: libpng (PngFile.cpp) and libjpeg (JpegFile.cpp). They leave a function by
// longjmp, so what is between a setjmp and a call of theirs has no destructors.
//
// A picture is read whole and as it was written, or refused: both libraries only warn of damage and fill what
// is missing with something. Here every warning about the picture's data is an error.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "support/Image.h"
#include "support/Orientation.h"
#include "support/Result.h"

namespace ninc {

// A picture as its file stores it, grey or in colours, and how to turn it.
struct StoredImage {
  Image image; // 1 or 3 channels
  Orientation orientation = upright;
};

Result<StoredImage> decodePng(std::string_view bytes);
Result<StoredImage> decodeJpeg(std::string_view bytes);

// An image of at least 1x1 pixels, 8 bits, 1 or 3 channels.
Result<std::string> writePng(const Image &image);

// An error for pictures whose width and height are beyond the limit of 2^26 pixels (or are none).
Result<void> checkExtents(std::int64_t width, std::int64_t height);

} // namespace ninc
