// Numbers that are known when a file is read: weights, and what exporters compute shapes with. None of it is
// in the graph unless an op reads it there.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <variant>
#include <vector>

#include "frontend/import/Dims.h"
#include "ir/Tensor.h"

namespace ninc::onnx_import {

// All float types of a file are float here, all integers int64, and booleans are the integers 0 and 1.
enum class NumberKind : std::uint8_t { real, integer, boolean };
std::string_view spellingOf(NumberKind kind); // "float", ...

struct Literal {
  using Reals = std::shared_ptr<const std::vector<float>>;
  using Integers = std::shared_ptr<const std::vector<std::int64_t>>;

  NumberKind kind = NumberKind::real;
  Dims dims;
  std::variant<Reals, Integers> numbers;

  std::size_t count() const;
  double real(std::size_t index) const; // of any kind
  const std::vector<std::int64_t> &integers() const { return *std::get<Integers>(numbers); }
  const std::vector<float> &reals() const { return *std::get<Reals>(numbers); }
  bool isReal() const { return kind == NumberKind::real; }
};

Literal makeReals(Dims dims, std::vector<float> numbers);
Literal makeIntegers(Dims dims, std::vector<std::int64_t> numbers, NumberKind kind = NumberKind::integer);

// The same numbers under other extents, of as many elements.
Literal withDims(Literal literal, Dims dims);

// The same numbers as those of another kind: floats to integers towards 0, all but 0 to true.
Literal converted(const Literal &literal, NumberKind kind);

// The parameter of a graph with these numbers.
Parameter parameterOf(const Literal &literal, Shape shape);

} // namespace ninc::onnx_import
