// Windows of maps made one number.
#pragma once

#include <cstdint>

#include "ir/ops/Attributes.h"
#include "ir/ops/OpTraits.h"
#include "ir/ops/Window.h"

namespace ninc {

enum class PoolKind : std::uint8_t { max, average };

// y[c, i, j] = max of the window's elements that lie inside x (never the padding). Dilation allowed.
struct MaxPool {
  Window window;
  PoolExtent extent = PoolExtent::floor;
  static constexpr OpTraits traits = {.seesRows = true};
  static constexpr auto attributes = std::tuple{attribute::Sliding{&MaxPool::window},
                                                attribute::Flag{"ceil", &MaxPool::extent, PoolExtent::ceil}};
  friend bool operator==(const MaxPool &, const MaxPool &) = default;
};

// y[c, i, j] = sum of the window's elements inside x, divided by how many those are; with countIncludePad by
// the number of positions of the window inside the padded x (Caffe's AVE pooling). Dilation is 1.
struct AveragePool {
  Window window;
  PoolExtent extent = PoolExtent::floor;
  bool countIncludePad = false;
  static constexpr OpTraits traits = {.seesRows = true};
  static constexpr auto attributes =
      std::tuple{attribute::Sliding{&AveragePool::window},
                 attribute::Flag{"ceil", &AveragePool::extent, PoolExtent::ceil},
                 attribute::Flag{"count_include_pad", &AveragePool::countIncludePad, true}};
  friend bool operator==(const AveragePool &, const AveragePool &) = default;
};

// [C, H, W] -> [C]: the mean of each map (the paper's section 3.2).
struct GlobalAveragePool {
  static constexpr OpTraits traits = {};
  static constexpr attribute::None attributes = {};
  friend bool operator==(const GlobalAveragePool &, const GlobalAveragePool &) = default;
};

} // namespace ninc
