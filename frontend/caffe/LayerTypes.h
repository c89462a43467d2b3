// The types of layers by their names: what each becomes in a graph. Tables of small functions, a file a
// family in ops/.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "frontend/caffe/LayerImport.h"

namespace ninc::caffe_import {

// How many blobs a layer may read or make.
struct Count {
  std::size_t least = 1, most = 1;
};
constexpr Count one{1, 1};
constexpr Count any{1, ~std::size_t{0}};

struct LayerType {
  std::string_view name;
  void (*import)(LayerImport &layer);
  Count bottoms = one, tops = one;
};

// Null for one that isn't supported.
const LayerType *findLayerType(std::string_view name);

std::vector<const LayerType *> allLayerTypes();

// The families.
std::span<const LayerType> convolutionLayers();
std::span<const LayerType> poolingLayers();
std::span<const LayerType> elementLayers();
std::span<const LayerType> arithmeticLayers();
std::span<const LayerType> normalisationLayers();
std::span<const LayerType> shapeLayers();
std::span<const LayerType> denseLayers();
std::span<const LayerType> reductionLayers();

} // namespace ninc::caffe_import
