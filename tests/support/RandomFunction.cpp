#include "tests/support/RandomFunction.h"

namespace ninc::testing {

Unary randomFunction(Random &random) {
  const auto chance = [&](double share) { return random.uniform() < share; };
  const std::span<const UnaryFunction> rows = unaryFunctions();
  Unary made = usual(chance(0.3) ? UnaryKind::relu : rows[random.below(rows.size())].kind);
  if (made.kind == UnaryKind::leakyRelu) made.numbers[0] = chance(0.2) ? 1.0f : 0.2f;
  if (made.kind == UnaryKind::clip)
    made.numbers = {chance(0.5) ? 0.0f : -0.7f, chance(0.5) ? 0.8f : made.numbers[1]};
  return made;
}

bool takesAnyNumber(UnaryKind kind) {
  return kind != UnaryKind::exp && functionOf(kind).least < 0;
}

} // namespace ninc::testing
