#include "frontend/caffe/LayerTypes.h"

#include <unordered_map>

namespace ninc::caffe_import {

std::vector<const LayerType *> allLayerTypes() {
  std::vector<const LayerType *> all;
  for (const std::span<const LayerType> family :
       {convolutionLayers(), poolingLayers(), elementLayers(), arithmeticLayers(), normalisationLayers(),
        shapeLayers(), denseLayers(), reductionLayers()})
    for (const LayerType &each : family)
      all.push_back(&each);
  return all;
}

const LayerType *findLayerType(std::string_view name) {
  static const auto all = [] {
    std::unordered_map<std::string_view, const LayerType *> table;
    for (const LayerType *each : allLayerTypes())
      table.emplace(each->name, each);
    return table;
  }();
  const auto found = all.find(name);
  return found == all.end() ? nullptr : found->second;
}

} // namespace ninc::caffe_import
