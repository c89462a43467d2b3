// What fuzzers hold code to.
#pragma once

// libFuzzer reports a trap with the input that led to it.
inline void require(bool condition) {
  if (!condition) __builtin_trap();
}
