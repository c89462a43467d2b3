// Small plots as inline SVG: two axes with ticks, dots with tooltips, lines. Colours and fonts come from the
// page's style sheet through class names, so that a plot follows its page into dark mode.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ninc {

// Text as HTML and XML have it, within elements and within quoted attributes. What neither may hold (control
// characters, bytes that aren't UTF-8) becomes U+FFFD.
std::string escapeHtml(std::string_view text);

enum class Scale { linear, logarithmic };

// A range of values: where they lie within it, and which round ones to label.
class Axis {
public:
  // From the least to the greatest of `values`, widened where it would have no width. Logarithmic: values are
  // positive, and there is some room at both ends, since equal distances are equal ratios.
  Axis(Scale scale, std::span<const double> values);

  double position(double value) const; // 0 at the least, 1 at the greatest
  // 1, 2 or 5 times powers of ten, up to about ten, ascending, within the range. Linear: whole numbers.
  std::vector<double> ticks() const;

private:
  Scale scale_;
  double least_ = 0, greatest_ = 1;
};

struct Point {
  double x, y;
};

class SvgPlot {
public:
  struct AxisText {
    std::string label;
    std::string unit; // behind each tick's number
  };

  // `description` is for those who don't see the plot.
  SvgPlot(std::string_view description, Axis x, const AxisText &xText, Axis y, const AxisText &yText);

  void dot(Point point, std::string_view tooltip);
  void crossAtTop(double x, std::string_view tooltip);
  void line(std::span<const Point> points, std::string_view className);

  std::string svg() const;

private:
  double column(double x) const;
  double row(double y) const;
  void drawAxes(const AxisText &xText, const AxisText &yText);

  Axis x_, y_;
  std::string svg_;
};

} // namespace ninc
