// Ops that compute each element from the operands' elements at its place.
#pragma once

namespace ninc {

// The identity when a network runs; `ratio` only documents how it was trained. 0 <= ratio < 1.
struct Dropout {
  float ratio = 0.5f;
  friend bool operator==(const Dropout &, const Dropout &) = default;
};

// Elementwise, any shape, as in Activation.
struct Relu {
  friend bool operator==(const Relu &, const Relu &) = default;
};
struct LeakyRelu {
  float alpha = 0.01f;
  friend bool operator==(const LeakyRelu &, const LeakyRelu &) = default;
};
struct Sigmoid {
  friend bool operator==(const Sigmoid &, const Sigmoid &) = default;
};
struct Tanh {
  friend bool operator==(const Tanh &, const Tanh &) = default;
};

// Elementwise over two operands of equal rank; an extent of 1 stretches to the other operand's.
struct Add {
  friend bool operator==(const Add &, const Add &) = default;
};
struct Mul {
  friend bool operator==(const Mul &, const Mul &) = default;
};

} // namespace ninc
