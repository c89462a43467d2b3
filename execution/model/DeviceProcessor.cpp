#include "execution/model/DeviceProcessor.h"

#include <algorithm>
#include <array>

#include "execution/model/Status.h"

namespace ninc {

const ninc_device_half *deviceHalf(const ninc_model &model, ninc_device_kind kind, std::int32_t size) {
  if (!model.devices) return nullptr;
  for (std::int32_t i = 0; i < model.devices->n_halves; ++i)
    if (const ninc_device_half &half = model.devices->halves[i]; half.kind == kind && half.size == size)
      return &half;
  return nullptr;
}

Result<DeviceProcessor> DeviceProcessor::open(const ninc_model &model, const ninc_device_half &half,
                                              DeviceChoice device) {
  DeviceProcessor processor(model, half, device);
  Result<State> state = processor.makeState(nullptr);
  if (!state) return tl::unexpected(state.error());
  processor.state_ = std::move(*state);
  return processor;
}

Result<DeviceProcessor::State> DeviceProcessor::makeState(std::uint64_t *counters) const {
  std::array<char, 4096> words{};
  ninc_device_options options{};
  options.kind = device_.kind;
  options.number = device_.number;
  options.size = half_->size;
  options.ns = counters;
  options.message = words.data();
  options.message_bytes = static_cast<std::int64_t>(words.size());
  ninc_state *made = nullptr;
  const int status = model_->devices->create(&options, &made);
  State state(made, model_->devices->destroy);
  if (status == NINC_OK) return state;
  return tl::unexpected(statusError(*model_, status, toString(device_), words.data()));
}

std::span<const ninc_kernel> DeviceProcessor::kernels() const {
  return {half_->kernels, static_cast<std::size_t>(half_->n_kernels)};
}

Result<void> DeviceProcessor::checked(int status, const State &state) const {
  if (status == NINC_OK) return {};
  return tl::unexpected(
      statusError(*model_, status, toString(device_), model_->devices->message(state.get())));
}

Result<void> DeviceProcessor::run(const void *const *inputs, void *const *outputs) {
  return checked(model_->devices->run_on(state_.get(), inputs, outputs), state_);
}

Result<void> DeviceProcessor::runCounting(const void *const *inputs, void *const *outputs,
                                          std::span<std::uint64_t> counters) {
  if (!counting_) {
    counters_.resize(counterCount());
    Result<State> state = makeState(counters_.data());
    if (!state) return tl::unexpected(state.error());
    counting_ = std::move(*state);
  }
  std::ranges::fill(counters_, 0);
  Result<void> done = checked(model_->devices->run_on(counting_.get(), inputs, outputs), counting_);
  std::ranges::copy(counters_, counters.begin());
  return done;
}

Result<void> DeviceProcessor::runKernel(std::int32_t kernel, const void *const *inputs,
                                        void *const *outputs) {
  return checked(model_->devices->run_kernel(state_.get(), kernel, inputs, outputs), state_);
}

Result<const void *> DeviceProcessor::intermediate(std::int64_t offset, std::int64_t bytes) {
  arena_.resize(static_cast<std::size_t>(bytes));
  if (auto read = checked(model_->devices->read_arena(state_.get(), offset, bytes, arena_.data()), state_);
      !read)
    return tl::unexpected(read.error());
  return arena_.data();
}

} // namespace ninc
