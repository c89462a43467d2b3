// Which side of a picture is up: cameras store pictures as the sensor lies and say in the metadata how to
// turn them. Viewers do, so a model that doesn't sees another picture than the people who look at it.
#pragma once

#include <optional>
#include <string_view>

#include "support/Image.h"

namespace ninc {

// EXIF's tag 0x0112 (CIPA DC-008, 4.6.5.1.6), 1 to 8: where the stored picture's first row and first column
// belong. 1 is upright, 6 is turned by a quarter clockwise to be.
using Orientation = int;
constexpr Orientation upright = 1;

// What an EXIF block says: a TIFF header of either byte order, and the first directory behind it (the second
// is the thumbnail's). Nothing for a block that says none, or another number, or is damaged. Only this one
// tag is of use here, and reading it takes two dozen lines, so no library of a thousand tags.
std::optional<Orientation> orientationOfExif(std::string_view tiff);

// The same in XMP's words, tiff:Orientation="6" or <tiff:Orientation>6</tiff:Orientation>.
std::optional<Orientation> orientationOfXmp(std::string_view xml);

// The picture as it is to be looked at; 5 to 8 exchange width and height.
Image turnUpright(Image image, Orientation orientation);

} // namespace ninc
