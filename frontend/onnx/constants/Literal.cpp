#include "frontend/onnx/constants/Literal.h"

#include <cmath>

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

Literal converted(const Literal &x, NumberKind kind) {
  if (x.kind == kind) return x;
  if (kind == NumberKind::real) {
    std::vector<float> numbers;
    for (std::size_t i = 0; i < x.count(); ++i)
      numbers.push_back(static_cast<float>(x.real(i)));
    return makeReals(x.dims, std::move(numbers));
  }
  std::vector<std::int64_t> numbers;
  for (std::size_t i = 0; i < x.count(); ++i) {
    const double number = x.real(i);
    if (kind == NumberKind::boolean)
      numbers.push_back(number != 0);
    else if (x.isReal()) // towards 0
      numbers.push_back(std::abs(number) < 9e18 ? static_cast<std::int64_t>(number) : 0);
    else
      numbers.push_back(x.integers()[i]);
  }
  return makeIntegers(x.dims, std::move(numbers), kind);
}

Parameter parameterOf(const Literal &literal, Shape shape) {
  Tensor tensor{std::move(shape), {}};
  tensor.data.reserve(literal.count());
  for (std::size_t i = 0; i < literal.count(); ++i)
    tensor.data.push_back(static_cast<float>(literal.real(i)));
  return std::make_shared<const Tensor>(std::move(tensor));
}

} // namespace ninc::onnx_import
