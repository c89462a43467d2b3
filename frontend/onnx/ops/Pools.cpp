// Windows of maps made one number.
#include "frontend/onnx/Operators.h"
#include "frontend/onnx/ops/Windows.h"

namespace ninc::onnx_import {

namespace {

PoolExtent extentOf(NodeImport &node) {
  return node.attributes.integer("ceil_mode", 0) != 0 ? PoolExtent::ceil : PoolExtent::floor;
}

void maxPool(NodeImport &node) {
  const Value maps = node.maps(0);
  MaxPool pool;
  pool.window = windowOf(node, kernelOf(node));
  pool.extent = extentOf(node);
  node.attributes.pass("storage_order"); // of the indices, which aren't given
  giveMaps(node, node.append(std::move(pool), {maps}));
}

void averagePool(NodeImport &node) {
  const Value maps = node.maps(0);
  AveragePool pool;
  pool.window = windowOf(node, kernelOf(node));
  pool.extent = extentOf(node);
  pool.countIncludePad = node.attributes.integer("count_include_pad", 0) != 0;
  giveMaps(node, node.append(std::move(pool), {maps}));
}

void globalAveragePool(NodeImport &node) {
  const Value averages = node.append(GlobalAveragePool{}, {node.maps(0)});
  if (node.failed()) return;
  giveMaps(node, node.reshape(averages, {node.builder().graph.type(averages).shape[0], 1, 1}));
}

void globalMaxPool(NodeImport &node) {
  const Value maps = node.maps(0);
  if (node.failed()) return;
  const Shape &shape = node.builder().graph.type(maps).shape;
  MaxPool pool;
  pool.window.kernel = {shape[1], shape[2]};
  giveMaps(node, node.append(std::move(pool), {maps}));
}

constexpr Operator table[] = {
    {"MaxPool", maxPool},
    {"AveragePool", averagePool},
    {"GlobalAveragePool", globalAveragePool},
    {"GlobalMaxPool", globalMaxPool},
};

} // namespace

std::span<const Operator> poolingOperators() {
  return table;
}

} // namespace ninc::onnx_import
