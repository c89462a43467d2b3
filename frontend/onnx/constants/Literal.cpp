#include "frontend/onnx/constants/Literal.h"

namespace ninc::onnx_import {

std::string_view spellingOf(NumberKind kind) {
  switch (kind) {
  case NumberKind::real:
    return "float";
  case NumberKind::integer:
    return "integer";
  case NumberKind::boolean:
    return "boolean";
  }
  return "";
}

std::size_t Literal::count() const {
  return std::visit([](const auto &list) { return list->size(); }, numbers);
}

double Literal::real(std::size_t index) const {
  return std::visit([&](const auto &list) { return static_cast<double>((*list)[index]); }, numbers);
}

Literal makeReals(Dims dims, std::vector<float> numbers) {
  return {NumberKind::real, std::move(dims), std::make_shared<const std::vector<float>>(std::move(numbers))};
}

Literal makeIntegers(Dims dims, std::vector<std::int64_t> numbers, NumberKind kind) {
  return {kind, std::move(dims), std::make_shared<const std::vector<std::int64_t>>(std::move(numbers))};
}

Literal withDims(Literal literal, Dims dims) {
  literal.dims = std::move(dims);
  return literal;
}

Parameter parameterOf(const Literal &literal, Shape shape) {
  Tensor tensor{std::move(shape), {}};
  tensor.data.reserve(literal.count());
  for (std::size_t i = 0; i < literal.count(); ++i)
    tensor.data.push_back(static_cast<float>(literal.real(i)));
  return std::make_shared<const Tensor>(std::move(tensor));
}

} // namespace ninc::onnx_import
