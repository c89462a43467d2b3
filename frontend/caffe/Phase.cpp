#include "frontend/caffe/Phase.h"

#include <algorithm>
#include <fmt/format.h>

namespace ninc::caffe_import {

namespace {

using caffe_schema::NetState;
using caffe_schema::NetStateRule;

bool meets(const NetState &state, const NetStateRule &rule) {
  const auto isOfState = [&](const std::string &stage) {
    return std::ranges::count(state.stage(), stage) > 0;
  };
  return (!rule.has_phase() || rule.phase() == caffe_schema::TEST) &&
         (!rule.has_min_level() || state.level() >= rule.min_level()) &&
         (!rule.has_max_level() || state.level() <= rule.max_level()) &&
         std::ranges::all_of(rule.stage(), isOfState) && std::ranges::none_of(rule.not_stage(), isOfState);
}

} // namespace

std::vector<PlacedLayer> layersOfTest(NetText text, Diagnostics &diagnostics) {
  std::vector<PlacedLayer> kept;
  for (PlacedLayer &layer : text.layers) {
    const auto isMet = [&](const NetStateRule &rule) { return meets(text.state, rule); };
    const auto &include = layer.proto.include(), &exclude = layer.proto.exclude();
    if (!include.empty() && !exclude.empty())
      diagnostics.error(layer.where, fmt::format("{} says both what includes it and what excludes it",
                                                 labelOf(layer.proto)));
    const bool isKept =
        include.empty() ? std::ranges::none_of(exclude, isMet) : std::ranges::any_of(include, isMet);
    if (isKept) kept.push_back(std::move(layer));
  }
  return kept;
}

} // namespace ninc::caffe_import
