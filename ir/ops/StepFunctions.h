// The functions that a chain's steps may be (Pointwise.h), as the ops that they stand for, and back.
#pragma once

#include <optional>
#include <type_traits>
#include <variant>

#include "ir/ops/Ops.h"

namespace ninc {

inline Op opOf(const PointwiseFunction &function) {
  return std::visit([](const auto &one) { return Op(one); }, function);
}

// None for an op that is no step of a chain.
inline std::optional<PointwiseFunction> stepFunctionOf(const Op &op) {
  return std::visit(
      []<class O>(const O &one) -> std::optional<PointwiseFunction> {
        if constexpr (std::is_constructible_v<PointwiseFunction, const O &>)
          return one;
        else
          return std::nullopt;
      },
      op);
}

} // namespace ninc
