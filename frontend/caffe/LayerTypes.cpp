#include "frontend/caffe/LayerTypes.h"

#include <unordered_map>

namespace ninc::caffe_import {

const LayerType *findLayerType(std::string_view name) {
  static const auto all = [] {
    std::unordered_map<std::string_view, const LayerType *> table;
    for (const std::span<const LayerType> family :
         {convolutionLayers(), poolingLayers(), elementLayers(), arithmeticLayers(), normalisationLayers(),
          shapeLayers(), denseLayers()})
      for (const LayerType &each : family)
        table.emplace(each.name, &each);
    return table;
  }();
  const auto found = all.find(name);
  return found == all.end() ? nullptr : found->second;
}

} // namespace ninc::caffe_import
