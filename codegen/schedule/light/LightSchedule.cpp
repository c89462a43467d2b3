#include "codegen/schedule/light/LightSchedule.h"

#include <algorithm>
#include <bit>
#include <fmt/format.h>

#include "codegen/spec/ConvStage.h"
#include "ir/ops/OpCost.h"

namespace ninc {

namespace {

// The widest vector that an axis of so many elements fills at least once: a wider one would compute (and
// store) beyond it.
int vectorFor(std::int64_t extent, const Target &target) {
  auto lanes = static_cast<std::uint64_t>(target.vectorLanes);
  return static_cast<int>(std::bit_floor(std::min(lanes, static_cast<std::uint64_t>(extent))));
}

// Extent of the axis along which a kernel's vectors lie: of elements that are neighbours in memory.
std::int64_t neighbours(const KernelSpec &spec) {
  // A global average has one output a channel, but walks maps.
  const TensorType &walked =
      std::holds_alternative<GlobalAveragePool>(spec.op) ? spec.inputs[0] : spec.outputs[0];
  auto alike = [&](const TensorType &type) { return type == walked; };
  if (isUniform(spec.op) && std::ranges::all_of(spec.inputs, alike)) return elementCount(walked.shape);
  if (walked.shape.size() != 3) return walked.shape.back();
  if (walked.layout == Layout::hwc) return walked.shape[0];
  return traitsOf(spec.op).seesRows ? walked.shape[2] : walked.shape[1] * walked.shape[2];
}

// Bytes a task should move at least: 48 KiB take some 1 to 2 us, what it takes to hand work to a thread that
// spins and to meet it again. With 128 KiB the pools of the CIFAR-10 network took 1.33 and 1.74 times what
// they take with the number of tasks that tuning found for two threads, 12 and 4 (docs/tuning.md); 48 KiB
// make it 10 and 5. More than 16 aren't needed to keep few cores even.
constexpr std::int64_t taskBytes = 48 << 10;
constexpr std::int64_t mostTasks = 16;

int tasksFor(const KernelSpec &spec) {
  return static_cast<int>(std::clamp<std::int64_t>(tensorBytes(spec) / taskBytes, 1, mostTasks));
}

// Loops do so little for each element that a guarded tail costs more than narrower vectors do: half as wide,
// if those leave none. The pool of the digits' network with 24 channels took 3.7 times as long in vectors of
// 16 as in vectors of 8 (`ninc tune`).
int vectorOfLoop(std::int64_t extent, const Target &target) {
  const int widest = vectorFor(extent, target);
  const bool halfFits = extent % widest != 0 && widest > 1 && extent % (widest / 2) == 0;
  return halfFits ? widest / 2 : widest;
}

// Multiply-accumulates from which a convolution or dense layer goes to several threads: some 20 us on one.
constexpr std::int64_t parallelMacs = 1 << 20;

bool worthThreads(const KernelSpec &spec) {
  return multiplyAccumulates(spec.op, spec.inputs) >= parallelMacs;
}

const ConvLayer &layerOf(const KernelSpec &spec) {
  return std::get<Conv2d>(spec.op).layer;
}

// Output channels that lie side by side and are computed alike: of a group; of all, where a group is one. Of
// matrices, the columns.
std::int64_t neighbouringOutputs(const KernelSpec &spec) {
  if (std::holds_alternative<MatMul>(spec.op)) return spec.outputs[0].shape.back();
  const ConvLayer &layer = layerOf(spec);
  return isDepthwise(layer, spec.inputs[0]) ? layer.outChannels : layer.outChannels / layer.groups;
}

// Pixels of a row, or rows of a matrix: what a tile may have most of.
std::int64_t placesOfTile(const KernelSpec &spec) {
  const Shape &shape = spec.outputs[0].shape;
  return std::holds_alternative<MatMul>(spec.op) ? shape[shape.size() - 2] : shape[2];
}

bool isDepthwise(const KernelSpec &spec) {
  return std::holds_alternative<Conv2d>(spec.op) && isDepthwise(layerOf(spec), spec.inputs[0]);
}

// What a compiler digests: code is written out for each of these.
constexpr int mostRegistersOfVector = 4;
constexpr int mostVectorsOfTile = 256;
// Sums that aren't in registers are on the stack, which is small (NINC_STACK_BYTES).
constexpr std::int64_t mostTileBytes = 4 << 10;
constexpr int mostTasksOfLoop = 4096;

bool isVector(int lanes) {
  return lanes >= 1 && std::has_single_bit(static_cast<unsigned>(lanes));
}

Result<void> checkVector(int vector, std::int64_t extent, const Target &target) {
  if (!isVector(vector)) return fail(fmt::format("a vector of {} elements is not a power of two", vector));
  if (vector > mostRegistersOfVector * target.vectorLanes)
    return fail(fmt::format("a vector of {} elements where a register has {}", vector, target.vectorLanes));
  if (vector > extent) return fail(fmt::format("a vector of {} elements on an axis of {}", vector, extent));
  return {};
}

} // namespace

LoopSchedule defaultLoopSchedule(const KernelSpec &spec) {
  return {vectorOfLoop(neighbours(spec), spec.cpu()), tasksFor(spec)};
}

// Attention's products of 256 x 64 by 64 x 256 run at the core's peak with 2x8, as with 1x8, 2x4 and 2x12
// (110 to 116 Gflops on an EPYC with vectors of 16); 1x1, a sum at a time, has 25.
//
// The tile has sums for vectors x pixels and beside them registers for the weights (one a vector) and one
// input: as many pixels as fit, up to 8, where the loads of weights are shared enough.
TileSchedule defaultTileSchedule(const KernelSpec &spec) {
  const std::int64_t channels = neighbouringOutputs(spec);
  TileSchedule schedule;
  schedule.vector = vectorFor(channels, spec.cpu());
  // A depthwise tile shares no input between its channels; more than one vector gains nothing there.
  if (!isDepthwise(spec))
    schedule.vectors = static_cast<int>(std::clamp<std::int64_t>(channels / schedule.vector, 1, 2));
  const int room = (spec.cpu().vectorRegisters - schedule.vectors - 1) / schedule.vectors;
  schedule.tilePixels = static_cast<int>(std::min<std::int64_t>({8, room, placesOfTile(spec)}));
  schedule.parallel = worthThreads(spec);
  return schedule;
}

// Eight sums hide the latency of a fused multiply-add on cores that start two a cycle and take four.
DenseSchedule defaultDenseSchedule(const KernelSpec &spec) {
  const std::int64_t outputs = spec.outputs[0].shape[0];
  DenseSchedule schedule;
  schedule.vector = vectorFor(outputs, spec.cpu());
  schedule.panelVectors = static_cast<int>(std::clamp<std::int64_t>(outputs / schedule.vector, 1, 8));
  schedule.parallel = worthThreads(spec);
  return schedule;
}

Result<void> checkChoice(const KernelSpec &spec, const LoopSchedule &schedule) {
  if (schedule.tasks < 1 || schedule.tasks > mostTasksOfLoop)
    return fail(fmt::format("a kernel has 1 to {} tasks, not {}", mostTasksOfLoop, schedule.tasks));
  return checkVector(schedule.vector, neighbours(spec), spec.cpu());
}

Result<void> checkChoice(const KernelSpec &spec, const TileSchedule &schedule) {
  const std::int64_t channels = neighbouringOutputs(spec);
  if (schedule.vectors < 1) return fail("a tile has at least one vector");
  if (schedule.tilePixels < 1 || schedule.tilePixels > placesOfTile(spec))
    return fail(fmt::format("a tile of {} pixels in rows of {}", schedule.tilePixels, placesOfTile(spec)));
  if (Result<void> ok = checkVector(schedule.vector, channels, spec.cpu()); !ok) return ok;
  if (std::int64_t{schedule.vectors} * schedule.tilePixels > mostVectorsOfTile)
    return fail(fmt::format("a tile of {} vectors x {} pixels is written out in full", schedule.vectors,
                            schedule.tilePixels));
  if (std::int64_t{schedule.vector} * schedule.vectors * schedule.tilePixels >
      mostTileBytes / std::int64_t{sizeof(float)})
    return fail(fmt::format("a tile of {} vectors of {} x {} pixels takes more than {} bytes",
                            schedule.vectors, schedule.vector, schedule.tilePixels, mostTileBytes));
  if (std::int64_t{schedule.vector} * schedule.vectors > channels)
    return fail(fmt::format("a tile of {} x {} channels where there are {}", schedule.vectors,
                            schedule.vector, channels));
  return {};
}

Result<void> checkChoice(const KernelSpec &spec, const DenseSchedule &schedule) {
  if (schedule.panelVectors < 1 || schedule.panelVectors > mostVectorsOfTile)
    return fail(fmt::format("a panel has 1 to {} vectors, not {}", mostVectorsOfTile, schedule.panelVectors));
  if (std::int64_t{schedule.vector} * schedule.panelVectors > mostTileBytes / std::int64_t{sizeof(float)})
    return fail(fmt::format("a panel of {} vectors of {} takes more than {} bytes", schedule.panelVectors,
                            schedule.vector, mostTileBytes));
  return checkVector(schedule.vector, spec.outputs[0].shape[0], spec.cpu());
}

} // namespace ninc
