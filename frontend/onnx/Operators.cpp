#include "frontend/onnx/Operators.h"

#include <unordered_map>

namespace ninc::onnx_import {

std::vector<const Operator *> allOperators() {
  std::vector<const Operator *> all;
  for (const std::span<const Operator> family :
       {convolutionOperators(), poolingOperators(), elementOperators(), arithmeticOperators(),
        normalisationOperators(), shapeOperators(), denseOperators(), reductionOperators(),
        enlargingOperators(), resizingOperators(), choosingOperators(), truthOperators(), castingOperators()})
    for (const Operator &each : family)
      all.push_back(&each);
  return all;
}

const Operator *findOperator(std::string_view name) {
  static const auto all = [] {
    std::unordered_map<std::string_view, const Operator *> table;
    for (const Operator *each : allOperators())
      table.emplace(each->name, each);
    return table;
  }();
  const auto found = all.find(name);
  return found == all.end() ? nullptr : found->second;
}

} // namespace ninc::onnx_import
