// The cost model behind default schedules of fused mlpconvs: how many cycles a schedule takes on a target.
//
// Three things are added up. Sums: multiply-adds at the rate of the FMA units, stretched by what a register
// tile wastes (padding, latency, loads). Transforms: vector instructions of Winograd's input and output
// transforms. Memory: bytes from beyond L2, which every kernel pays at least once for its weights, since
// the other kernels of a network have pushed them out. Lanes, registers and caches are the target's; what
// is the same for all of them (multiply-adds a cycle, their latency, bytes a cycle) are constants in here,
// measured on few machines (docs/performance.md, "The rules behind the schedules").
#pragma once

#include <cstddef>
#include <cstdint>

#include "codegen/schedule/mlpconv/MlpconvSchedule.h"

namespace ninc {

// Bytes a cycle that one core gets from beyond its L2 while it computes and asks for them ahead: 7 to 12 on a
// Sapphire-Rapids-class Xeon, by what its neighbours leave; 5 without asking ahead, there and on a
// Zen-3-class core.
constexpr double bytesFromBeyondL2 = 8;

// Cycles of one core's share.
struct MlpconvCost {
  double sums = 0, transforms = 0, memory = 0;
  double total() const { return sums + transforms + memory; }
};

// Of one call, work shared by `threads` threads. The schedule must be legal for the spec.
MlpconvCost predictCost(const MlpconvProblem &problem, const MlpconvSchedule &schedule, int threads);

// Parts of the model that choosing a schedule asks for one by one.

// A panel of channels by a few pixels, or by a few of Winograd's tiles, in registers.
struct RegisterTile {
  int vectors = 1, pixels = 1;
};

// Cycles of the FMA units for products of `rows` pixels (or tiles) with `maps` channels over a reduction, for
// one thread. `crosses`: the tile's pixels may lie in two rows of the input.
double cyclesOfSums(const RegisterTile &tile, std::int64_t maps, std::int64_t reduction, std::int64_t rows,
                    bool crosses, const Target &target);
bool crossesRows(int tilePixels, std::int64_t rowLength);

// Cycles for reading a whole layer's weights once, from beyond L2, while the first of several passes over
// them computes: what the pass's `sums` don't hide.
double streamCycles(double bytes, double sums);

// How much longer the larger share of `pieces` equal pieces takes than an even share.
double unevenness(std::int64_t pieces, int threads);

// Of convolution i by direct sums, as they are packed.
double weightBytes(const MlpconvGeometry &geometry, const MlpconvSchedule &schedule, std::size_t i,
                   const Target &target);

// Blocks that threads share, where not all layers are whole.
std::int64_t blockCount(const MlpconvGeometry &geometry, const MlpconvSchedule &schedule);

} // namespace ninc
