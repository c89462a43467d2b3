#include "ir/Preprocessing.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace ninc {

namespace {

double ofChannel(const std::vector<float> &numbers, std::size_t channel, double otherwise) {
  if (numbers.empty()) return otherwise;
  return numbers.size() == 1 ? numbers.front() : numbers.at(channel);
}

} // namespace

bool isNone(const Preprocessing &preprocessing) {
  return preprocessing == Preprocessing{};
}

ChannelLine lineOf(const Preprocessing &preprocessing, std::size_t channel) {
  const double unit = preprocessing.unit ? 255 : 1, scale = ofChannel(preprocessing.scale, channel, 1);
  return {ofChannel(preprocessing.mean, channel, 0) * unit,
          (preprocessing.divides ? 1 / scale : scale) / unit};
}

bool isAlike(const Preprocessing &preprocessing) {
  const auto same = [](const std::vector<float> &numbers) {
    return std::ranges::all_of(numbers, [&](float number) { return number == numbers.front(); });
  };
  return same(preprocessing.mean) && same(preprocessing.scale);
}

std::string toString(const Preprocessing &preprocessing) {
  std::vector<std::string> words;
  if (preprocessing.unit) words.emplace_back("unit");
  if (!preprocessing.mean.empty())
    words.push_back(fmt::format("mean {}", fmt::join(preprocessing.mean, ", ")));
  if (!preprocessing.scale.empty())
    words.push_back(
        fmt::format("{} {}", preprocessing.divides ? "std" : "scale", fmt::join(preprocessing.scale, ", ")));
  if (preprocessing.reversed) words.emplace_back("bgr");
  return fmt::format("{}", fmt::join(words, " "));
}

} // namespace ninc
