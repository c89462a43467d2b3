#include "frontend/onnx/constants/Evaluators.h"

#include <unordered_map>

namespace ninc::onnx_import {

std::vector<const Operator *> allEvaluators() {
  std::vector<const Operator *> all;
  for (const std::span<const Operator> family :
       {arithmeticEvaluators(), shapeEvaluators(), sourceEvaluators()})
    for (const Operator &each : family)
      all.push_back(&each);
  return all;
}

const Operator *findEvaluator(std::string_view name) {
  static const auto all = [] {
    std::unordered_map<std::string_view, const Operator *> table;
    for (const Operator *each : allEvaluators())
      table.emplace(each->name, each);
    return table;
  }();
  const auto found = all.find(name);
  return found == all.end() ? nullptr : found->second;
}

bool asksForShapeAlone(std::string_view name) {
  return name == "Shape" || name == "Size";
}

} // namespace ninc::onnx_import
