// The words that tests write chains in.
#pragma once

#include <utility>
#include <vector>

#include "ir/ops/Ops.h"

namespace ninc {

// $0, $1, ...
inline PointwiseSource operand(std::size_t index) {
  return {PointwiseSource::Kind::operand, index};
}

// %0, %1, ...
inline PointwiseSource earlier(std::size_t index) {
  return {PointwiseSource::Kind::step, index};
}

inline PointwiseStep step(PointwiseFunction function, std::vector<PointwiseSource> sources) {
  return {std::move(function), std::move(sources)};
}

// [add $0 $1, relu]: what stands behind a residual block.
inline PointwiseChain addAndRelu() {
  return {
      {step(Binary{BinaryKind::add}, {operand(0), operand(1)}), step(Unary{UnaryKind::relu}, {earlier(0)})}};
}

// [sigmoid $0, mul $0 %0]: swish.
inline PointwiseChain swish() {
  return {{step(Unary{UnaryKind::sigmoid}, {operand(0)}),
           step(Binary{BinaryKind::mul}, {operand(0), earlier(0)})}};
}

// [prelu $0, batch_norm, sub $1 %1]: steps with numbers a channel.
inline PointwiseChain channelSteps() {
  return {{step(Prelu{}, {operand(0)}), step(BatchNorm{}, {earlier(0)}),
           step(Binary{BinaryKind::sub}, {operand(1), earlier(1)})}};
}

} // namespace ninc
