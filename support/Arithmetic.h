// Integer division and rounding the other way round than C++ does them.
#pragma once

#include <concepts>
#include <type_traits>

namespace ninc {

// ceil(count / by) for count >= 0 and by > 0. The result has the first argument's type; count + by must fit.
template <std::integral Number>
constexpr Number divideUp(Number count, std::type_identity_t<Number> by) {
  return (count + by - 1) / by;
}

// The smallest multiple of `to` that is not less than `count`; the same preconditions.
template <std::integral Number>
constexpr Number roundUp(Number count, std::type_identity_t<Number> to) {
  return divideUp(count, to) * to;
}

} // namespace ninc
