#include "examples/digits/ConfidenceSheet.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "support/Image.h"

namespace digits {

namespace {

using Color = std::array<std::uint8_t, 3>;

constexpr std::size_t cell = 7;           // screen pixels a map pixel
constexpr std::size_t tile = side * cell; // screen pixels a map
constexpr std::size_t gap = 14;           // between tiles
constexpr std::size_t top = 30;           // for the class numbers above the columns
constexpr std::size_t columns = 11;       // the digit and ten maps
constexpr std::size_t barHeight = 4;

// Numerals of 3x5 dots, a row in three bits.
constexpr std::array<std::array<std::uint8_t, 5>, 10> numerals = {{{7, 5, 5, 5, 7},
                                                                   {2, 6, 2, 2, 7},
                                                                   {7, 1, 7, 4, 7},
                                                                   {7, 1, 7, 1, 7},
                                                                   {5, 5, 7, 1, 1},
                                                                   {7, 4, 7, 1, 7},
                                                                   {7, 4, 7, 5, 7},
                                                                   {7, 1, 2, 2, 2},
                                                                   {7, 5, 7, 5, 7},
                                                                   {7, 5, 7, 1, 7}}};

struct Canvas {
  std::size_t width, height;
  std::vector<std::uint8_t> rgb;

  Canvas(std::size_t w, std::size_t h) : width(w), height(h), rgb(w * h * 3, 255) {}

  void fill(std::size_t x, std::size_t y, std::size_t w, std::size_t h, Color color) {
    for (std::size_t row = y; row < std::min(y + h, height); ++row)
      for (std::size_t column = x; column < std::min(x + w, width); ++column)
        std::copy(color.begin(), color.end(),
                  rgb.begin() + static_cast<std::ptrdiff_t>((row * width + column) * 3));
  }

  void frame(std::size_t x, std::size_t y, std::size_t w, std::size_t h, std::size_t line, Color color) {
    fill(x, y, w, line, color);
    fill(x, y + h - line, w, line, color);
    fill(x, y, line, h, color);
    fill(x + w - line, y, line, h, color);
  }

  void numeral(std::size_t x, std::size_t y, std::size_t scale, int digit, Color color) {
    for (std::size_t row = 0; row < 5; ++row)
      for (std::size_t column = 0; column < 3; ++column)
        if (numerals[static_cast<std::size_t>(digit)][row] >> (2 - column) & 1)
          fill(x + column * scale, y + row * scale, scale, scale, color);
  }
};

Color blend(Color from, Color to, float t) {
  Color color{};
  for (std::size_t i = 0; i < 3; ++i)
    color[i] = static_cast<std::uint8_t>(float(from[i]) + (float(to[i]) - float(from[i])) * t + 0.5f);
  return color;
}

// White over orange to dark red: lightness falls steadily, so it reads in print too.
Color heat(float t) {
  constexpr Color white{255, 255, 255}, orange{253, 141, 60}, red{127, 0, 0};
  return t < 0.5f ? blend(white, orange, 2 * t) : blend(orange, red, 2 * t - 1);
}

std::size_t columnX(std::size_t column) {
  return gap + column * (tile + gap) + (column > 0 ? gap : 0);
}

void drawRow(Canvas &canvas, std::size_t y, const Sample &sample) {
  constexpr Color black{0, 0, 0}, white{255, 255, 255}, grey{200, 200, 200}, blue{31, 90, 180};
  for (std::size_t i = 0; i < side * side; ++i)
    canvas.fill(columnX(0) + i % side * cell, y + i / side * cell, cell, cell,
                blend(white, black, std::clamp(sample.image[i], 0.0f, 1.0f)));
  canvas.frame(columnX(0) - 1, y - 1, tile + 2, tile + 2, 1, grey);

  float largest = std::max(*std::max_element(sample.maps.begin(), sample.maps.end()), 1e-6f);
  for (std::size_t map = 0; map < 10; ++map) {
    std::size_t x = columnX(map + 1);
    for (std::size_t i = 0; i < side * side; ++i)
      canvas.fill(x + i % side * cell, y + i / side * cell, cell, cell,
                  heat(std::clamp(sample.maps[map * side * side + i] / largest, 0.0f, 1.0f)));
    bool chosen = static_cast<int>(map) == sample.predicted;
    canvas.frame(x - (chosen ? 3 : 1), y - (chosen ? 3 : 1), tile + (chosen ? 6 : 2), tile + (chosen ? 6 : 2),
                 chosen ? 2 : 1, chosen ? blue : grey);
    auto bar = static_cast<std::size_t>(float(tile) * std::clamp(sample.probabilities[map], 0.0f, 1.0f));
    canvas.fill(x, y + tile + 4, tile, barHeight, {235, 235, 235});
    canvas.fill(x, y + tile + 4, bar, barHeight, blue);
  }
}

} // namespace

ninc::Result<std::string> drawSheet(const std::vector<Sample> &samples) {
  constexpr std::size_t rowHeight = tile + gap + barHeight + 4;
  Canvas canvas(columnX(columns - 1) + tile + gap, top + samples.size() * rowHeight + gap);
  for (int digit = 0; digit < 10; ++digit)
    canvas.numeral(columnX(static_cast<std::size_t>(digit) + 1) + tile / 2 - 5, 8, 3, digit, {90, 90, 90});
  for (std::size_t row = 0; row < samples.size(); ++row)
    drawRow(canvas, top + row * rowHeight, samples[row]);
  return ninc::encodePng({static_cast<int>(canvas.width),
                          static_cast<int>(canvas.height),
                          3,
                          {canvas.rgb.begin(), canvas.rgb.end()}});
}

} // namespace digits
