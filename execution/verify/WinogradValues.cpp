#include "execution/verify/WinogradValues.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

namespace ninc {

namespace {

using KernelsOfValues = std::map<std::string, std::string>;
using Names = std::set<std::string>;

bool isWindowed(const ConvLayer &layer) {
  const std::array<std::int64_t, 2> one{1, 1};
  return layer.window.kernel != one || layer.window.stride != one;
}

bool isWindowedConvolution(const Graph &model, Node node) {
  if (const auto *conv = model.as<Conv2d>(node)) return isWindowed(conv->layer);
  const auto *mlpconv = model.as<Mlpconv>(node);
  return mlpconv && isWindowed(mlpconv->layers.front());
}

// For each node the kernels it belongs to: those whose results depend on it with no other kernel's result in
// between. That is one, or several where they compute the same anew.
std::unordered_map<Node, Names> kernelsOfNodes(const Graph &model, const KernelsOfValues &kernelsOfValues) {
  std::unordered_map<Node, Names> kernels;
  std::vector<Node> readersFirst = model.topologicalOrder();
  std::ranges::reverse(readersFirst);
  for (Node node : readersFirst) {
    Names own, readers;
    for (std::size_t i = 0; i < model.resultCount(node); ++i) {
      if (auto maker = kernelsOfValues.find(model.name({node, i})); maker != kernelsOfValues.end())
        own.insert(maker->second);
      for (Use use : model.uses({node, i}))
        readers.insert(kernels[use.user].begin(), kernels[use.user].end());
    }
    kernels[node] = own.empty() ? readers : own;
  }
  return kernels;
}

// The larger of two tiles, if there are two.
std::optional<WinogradTile> larger(std::optional<WinogradTile> a, WinogradTile b) {
  return a && a->rows * a->columns >= b.rows * b.columns ? a : b;
}

} // namespace

std::map<std::string, std::string> kernelsOfValues(std::span<const ninc_kernel> kernels) {
  std::map<std::string, std::string> makers;
  for (const ninc_kernel &kernel : kernels)
    for (std::int32_t result = 0; result < kernel.n_results; ++result)
      makers.emplace(kernel.results[result].name, kernel.name);
  return makers;
}

std::map<std::string, WinogradTile> winogradByValue(const Graph &model,
                                                    const std::map<std::string, std::string> &kernelsOfValues,
                                                    const std::map<std::string, WinogradTile> &byKernel) {
  std::optional<WinogradTile> unplaced;
  for (const auto &[kernel, tile] : byKernel)
    if (!model.find(kernel)) unplaced = larger(unplaced, tile);

  std::map<std::string, WinogradTile> byValue;
  std::unordered_map<Node, Names> kernels = kernelsOfNodes(model, kernelsOfValues);
  std::unordered_map<Node, Names> served; // kernels whose first convolution is the node or comes before it
  for (Node node : model.topologicalOrder()) {
    Names &here = served[node];
    for (Value operand : model.operands(node))
      std::ranges::copy_if(served.at(operand.node), std::inserter(here, here.end()),
                           [&](const std::string &kernel) { return kernels[node].contains(kernel); });
    if (!isWindowedConvolution(model, node)) continue;
    std::optional<WinogradTile> tile;
    for (const std::string &kernel : kernels[node]) {
      if (!here.insert(kernel).second) continue;
      if (auto found = byKernel.find(kernel); found != byKernel.end())
        tile = larger(tile, found->second);
      else if (unplaced)
        tile = larger(tile, *unplaced);
    }
    if (tile) byValue.emplace(model.name({node}), *tile);
  }
  return byValue;
}

std::map<std::string, WinogradTile> winogradKernels(std::span<const ninc_kernel> kernels) {
  std::map<std::string, WinogradTile> tiles;
  for (const ninc_kernel &kernel : kernels)
    if (kernel.winograd_rows > 0) tiles[kernel.name] = {kernel.winograd_rows, kernel.winograd_columns};
  return tiles;
}

} // namespace ninc
