#include "tuner/report/SvgPlot.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fmt/format.h>
#include <iterator>

#include "support/Utf8.h"

namespace ninc {

namespace {

// In the units of the viewBox; a page scales them.
constexpr double width = 640, height = 320;
constexpr double left = 64, right = width - 16, top = 28, bottom = height - 48;
constexpr double crossSize = 4;

// The round step that makes about five of a range.
double roundStep(double range) {
  const double power = std::pow(10, std::floor(std::log10(range / 5)));
  const double multiple = range / 5 / power;
  return power * (multiple < 1.5 ? 1 : multiple < 3.5 ? 2 : multiple < 7.5 ? 5 : 10);
}

std::vector<double> evenTicks(double least, double greatest, double step) {
  std::vector<double> ticks;
  const double first = std::ceil(least / step);
  const double count = std::floor(greatest / step) - first; // finite: steps are about a fifth of the range
  for (int i = 0; i <= static_cast<int>(count); ++i)
    ticks.push_back((first + i) * step);
  return ticks;
}

// Of a range of `decades`: only powers of ten where it is long, and not each of them where it is very long.
std::vector<double> ratioTicks(double least, double greatest, double decades) {
  std::vector<double> ticks;
  const int stride = std::max(1, static_cast<int>(std::ceil(decades / 6)));
  const int last = static_cast<int>(std::floor(std::log10(greatest)));
  for (int power = static_cast<int>(std::floor(std::log10(least))); power <= last; ++power)
    for (int multiple : {1, 2, 5}) {
      if (decades > 2.5 && (multiple > 1 || power % stride != 0)) continue;
      const double tick = multiple * std::pow(10, power);
      if (tick >= least && tick <= greatest) ticks.push_back(tick);
    }
  return ticks;
}

// Large numbers with k, M, G or T: "3.2M".
std::string tickText(double tick) {
  constexpr std::string_view prefixes[] = {"", "k", "M", "G", "T"};
  std::size_t prefix = 0;
  if (tick >= 1e4)
    for (; tick >= 1e3 && prefix + 1 < std::size(prefixes); ++prefix)
      tick /= 1e3;
  return fmt::format("{:.6g}{}", tick, prefixes[prefix]);
}

std::string_view escapeOf(char c) {
  switch (c) {
  case '&':
    return "&amp;";
  case '<':
    return "&lt;";
  case '>':
    return "&gt;";
  case '"':
    return "&quot;";
  case '\'':
    return "&#39;";
  default:
    return {};
  }
}

bool isControl(char c) {
  return static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t';
}

} // namespace

std::string escapeHtml(std::string_view text) {
  std::string escaped;
  while (!text.empty()) {
    const std::size_t length = utf8Length(text);
    if (length == 0 || isControl(text.front()))
      escaped += "\ufffd";
    else if (const std::string_view escape = escapeOf(text.front()); !escape.empty())
      escaped += escape;
    else
      escaped += text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return escaped;
}

Axis::Axis(Scale scale, std::span<const double> values) : scale_(scale) {
  const bool logarithmic = scale == Scale::logarithmic;
  if (values.empty()) {
    least_ = greatest_ = 1;
  } else {
    least_ = *std::min_element(values.begin(), values.end());
    greatest_ = *std::max_element(values.begin(), values.end());
  }
  if (!logarithmic) {
    greatest_ = std::max(greatest_, least_ + 1);
    return;
  }
  const double room = std::max(1.02, std::pow(greatest_ / least_, 0.05));
  least_ /= room;
  greatest_ *= room;
}

double Axis::position(double value) const {
  if (scale_ == Scale::linear) return (value - least_) / (greatest_ - least_);
  return std::log(value / least_) / std::log(greatest_ / least_);
}

std::vector<double> Axis::ticks() const {
  const double step = roundStep(greatest_ - least_);
  if (scale_ == Scale::linear) return evenTicks(least_, greatest_, std::max(1.0, std::round(step)));
  const double decades = std::log10(greatest_ / least_);
  return decades < 0.85 ? evenTicks(least_, greatest_, step) : ratioTicks(least_, greatest_, decades);
}

SvgPlot::SvgPlot(std::string_view description, Axis x, const AxisText &xText, Axis y, const AxisText &yText)
    : x_(x), y_(y) {
  svg_ = fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">\n", width, height,
                     escapeHtml(description));
  drawAxes(xText, yText);
}

double SvgPlot::column(double x) const {
  return left + x_.position(x) * (right - left);
}

double SvgPlot::row(double y) const {
  return bottom - y_.position(y) * (bottom - top);
}

void SvgPlot::drawAxes(const AxisText &xText, const AxisText &yText) {
  const auto out = std::back_inserter(svg_);
  for (double tick : x_.ticks())
    fmt::format_to(out,
                   "<path class=\"grid\" d=\"M{0:.1f} {1}V{2}\"/>"
                   "<text x=\"{0:.1f}\" y=\"{3}\" text-anchor=\"middle\">{4}{5}</text>\n",
                   column(tick), top, bottom, bottom + 18, tickText(tick), escapeHtml(xText.unit));
  for (double tick : y_.ticks())
    fmt::format_to(out,
                   "<path class=\"grid\" d=\"M{0} {2:.1f}H{1}\"/>"
                   "<text x=\"{3}\" y=\"{4:.1f}\" text-anchor=\"end\">{5}{6}</text>\n",
                   left, right, row(tick), left - 6, row(tick) + 4, tickText(tick), escapeHtml(yText.unit));
  fmt::format_to(out, "<path class=\"axis\" d=\"M{} {}V{}H{}\"/>\n", left, top, bottom, right);
  fmt::format_to(out, "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\n", right, height - 8,
                 escapeHtml(xText.label));
  fmt::format_to(out, "<text x=\"{}\" y=\"12\">{}</text>\n", 4, escapeHtml(yText.label));
}

void SvgPlot::dot(Point point, std::string_view tooltip) {
  fmt::format_to(std::back_inserter(svg_),
                 "<circle class=\"dot\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3.5\"><title>{}</title></circle>\n",
                 column(point.x), row(point.y), escapeHtml(tooltip));
}

void SvgPlot::crossAtTop(double x, std::string_view tooltip) {
  fmt::format_to(std::back_inserter(svg_),
                 "<path class=\"cross\" d=\"M{0:.1f} {2}L{1:.1f} {3}M{0:.1f} {3}L{1:.1f} {2}\">"
                 "<title>{4}</title></path>\n",
                 column(x) - crossSize, column(x) + crossSize, top - crossSize, top + crossSize,
                 escapeHtml(tooltip));
}

void SvgPlot::line(std::span<const Point> points, std::string_view className) {
  const auto out = std::back_inserter(svg_);
  fmt::format_to(out, "<polyline class=\"{}\" points=\"", className);
  for (const Point &point : points)
    fmt::format_to(out, "{:.1f},{:.1f} ", column(point.x), row(point.y));
  svg_ += "\"/>\n";
}

std::string SvgPlot::svg() const {
  return svg_ + "</svg>\n";
}

} // namespace ninc
