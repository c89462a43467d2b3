#include "DeviceRunner.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <memory>

#include "KernelRunner.h"
#include "codegen/WeightBlob.h"
#include "runtime/device.h"
#include "support/Half.h"

namespace ninc {

namespace {

ninc_tensor describe(const TensorType &type) {
  ninc_tensor tensor{};
  tensor.name = "tensor";
  tensor.rank = static_cast<std::int32_t>(type.shape.size());
  tensor.bytes = byteCount(type);
  return tensor;
}

std::vector<ninc_tensor> describe(const std::vector<TensorType> &types) {
  std::vector<ninc_tensor> tensors;
  for (const TensorType &type : types)
    tensors.push_back(describe(type));
  return tensors;
}

// A model of one kernel, with everything that its descriptor points to.
class OneKernelModel {
public:
  OneKernelModel(const KernelSpec &spec, const Kernel &kernel, const std::vector<std::vector<float>> &weights)
      : inputs_(describe(spec.inputs)), outputs_(describe(spec.outputs)),
        source_(reinterpret_cast<const char *>(kernel.object.data()), kernel.object.size()) {
    WeightBlob blob(NINC_DEVICE_ALIGNMENT);
    std::vector<std::int64_t> places;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const bool halves = std::ranges::any_of(kernel.arguments, [&](const KernelArgument &argument) {
        return argument.role == ArgumentRole::weights && argument.index == i &&
               argument.element == ElementType::f16;
      });
      places.push_back(halves ? blob.add(toHalves(weights[i])) : blob.add(weights[i]));
    }
    weights_ = blob.take();
    for (const KernelArgument &argument : kernel.arguments)
      arguments_.push_back(place(argument, places));
    byLaunch_.reserve(kernel.launches.size());
    for (const Launch &launch : kernel.launches)
      launches_.push_back(describeLaunch(launch));

    model_.batch = static_cast<std::int32_t>(spec.images);
    model_.n_inputs = static_cast<std::int32_t>(inputs_.size());
    model_.n_outputs = static_cast<std::int32_t>(outputs_.size());
    model_.inputs = inputs_.data(), model_.outputs = outputs_.data();
    half_.kind = NINC_DEVICE_OPENCL;
    half_.n_kernels = 1;
    half_.arena_bytes = kernel.scratchBytes;
    half_.weight_bytes = static_cast<std::int64_t>(weights_.size());
    module_ = {source_.c_str(), static_cast<std::int64_t>(source_.size())};
    program_ = {&half_,           1,
                &module_,         static_cast<std::int32_t>(launches_.size()),
                launches_.data(), reinterpret_cast<const unsigned char *>(weights_.data())};
    deviceModel_ = {&model_, 1, &program_};
  }
  OneKernelModel(const OneKernelModel &) = delete;
  OneKernelModel &operator=(const OneKernelModel &) = delete;

  const ninc_device_model &get() const { return deviceModel_; }

private:
  static ninc_device_argument place(const KernelArgument &argument,
                                    const std::vector<std::int64_t> &weights) {
    const std::int64_t bytes = argument.bytes();
    const auto index = static_cast<std::int32_t>(argument.index);
    switch (argument.role) {
    case ArgumentRole::input:
      return {NINC_BASE_INPUT, index, 0, bytes};
    case ArgumentRole::output:
      return {NINC_BASE_OUTPUT, index, 0, bytes};
    case ArgumentRole::weights:
      return {NINC_BASE_WEIGHTS, 0, weights.at(argument.index), bytes};
    case ArgumentRole::scratch:
      break;
    }
    return {NINC_BASE_ARENA, 0, argument.offset, bytes};
  }

  ninc_device_launch describeLaunch(const Launch &launch) {
    std::vector<ninc_device_argument> &ofLaunch = byLaunch_.emplace_back();
    for (const std::size_t i : launch.arguments)
      ofLaunch.push_back(arguments_.at(i));
    ninc_device_launch described{};
    described.entry = launch.entry.c_str();
    for (std::size_t i = 0; i < 3; ++i) {
      described.blocks[i] = static_cast<std::uint32_t>(launch.blocks[i]);
      described.threads[i] = static_cast<std::uint32_t>(launch.threads[i]);
    }
    described.shared_bytes = static_cast<std::int32_t>(launch.sharedBytes);
    described.n_arguments = static_cast<std::int32_t>(ofLaunch.size());
    described.arguments = ofLaunch.data();
    return described;
  }

  std::vector<ninc_tensor> inputs_, outputs_;
  std::string source_;
  std::vector<std::byte> weights_;
  std::vector<ninc_device_argument> arguments_; // of the kernel
  std::vector<std::vector<ninc_device_argument>> byLaunch_;
  std::vector<ninc_device_launch> launches_;
  ninc_device_module module_{};
  ninc_model model_{};
  ninc_device_half half_{};
  ninc_device_program program_{};
  ninc_device_model deviceModel_{};
};

using Bytes = std::vector<std::byte>;

// A value as it lies in memory, image by image.
Bytes arranged(const Tensor &tensor, const TensorType &type, std::int64_t images) {
  Bytes memory(static_cast<std::size_t>(images * byteCount(type)));
  forEachElement(type, images, [&](std::size_t number, std::int64_t offset) {
    std::byte *at = memory.data() + static_cast<std::size_t>(offset) * bytesOf(type.element);
    const std::uint16_t half = toHalf(tensor.data[number]);
    if (type.element == ElementType::f16)
      std::memcpy(at, &half, sizeof half);
    else
      std::memcpy(at, &tensor.data[number], sizeof(float));
  });
  return memory;
}

Tensor readBack(const Bytes &memory, const TensorType &type, std::int64_t images) {
  Tensor tensor{type.shape, std::vector<float>(static_cast<std::size_t>(images * elementCount(type.shape)))};
  forEachElement(type, images, [&](std::size_t number, std::int64_t offset) {
    const std::byte *at = memory.data() + static_cast<std::size_t>(offset) * bytesOf(type.element);
    std::uint16_t half = 0;
    std::memcpy(&half, at, sizeof half);
    if (type.element == ElementType::f16)
      tensor.data[number] = fromHalf(half);
    else
      std::memcpy(&tensor.data[number], at, sizeof(float));
  });
  return tensor;
}

} // namespace

std::string whyNoOpenCl() {
  static const std::string why = [] {
    const ninc_model model{};
    ninc_device_half half{};
    half.kind = NINC_DEVICE_OPENCL;
    const ninc_device_program program{&half, 0, nullptr, 0, nullptr, nullptr};
    const ninc_device_model deviceModel{&model, 1, &program};
    std::string words(512, '\0');
    ninc_device_options options{};
    options.kind = NINC_DEVICE_OPENCL;
    options.message = words.data(), options.message_bytes = 512;
    ninc_state *state = nullptr;
    const int status = ninc_device_create(&deviceModel, &options, &state);
    ninc_device_destroy(state);
    return status == NINC_OK ? std::string() : fmt::format("status {}: {}", status, words.c_str());
  }();
  return why;
}

Result<std::vector<Tensor>> runOnDevice(const KernelSpec &spec, const Kernel &kernel,
                                        const std::vector<std::vector<float>> &weights,
                                        const std::vector<Tensor> &operands) {
  const OneKernelModel model(spec, kernel, weights);
  std::string words(2048, '\0');
  ninc_device_options options{};
  options.kind = NINC_DEVICE_OPENCL;
  options.message = words.data(), options.message_bytes = static_cast<std::int64_t>(words.size());
  ninc_state *state = nullptr;
  if (int status = ninc_device_create(&model.get(), &options, &state); status != NINC_OK)
    return fail(fmt::format("no state: status {}, {}", status, words.c_str()));
  const std::unique_ptr<ninc_state, void (*)(ninc_state *)> owner(state, ninc_device_destroy);

  std::vector<Bytes> inputs, outputs;
  std::vector<const void *> inputPointers;
  std::vector<void *> outputPointers;
  for (std::size_t i = 0; i < spec.inputs.size(); ++i)
    inputs.push_back(arranged(operands[i], spec.inputs[i], spec.images));
  for (const TensorType &type : spec.outputs) // all bits set is a NaN of either type
    outputs.emplace_back(static_cast<std::size_t>(spec.images * byteCount(type)), std::byte{0xff});
  for (const Bytes &input : inputs)
    inputPointers.push_back(input.data());
  for (Bytes &output : outputs)
    outputPointers.push_back(output.data());
  for (int run = 0; run < 2; ++run) // the second in memory that is dirty
    if (int status = ninc_device_run_on(state, inputPointers.data(), outputPointers.data());
        status != NINC_OK)
      return fail(fmt::format("status {}: {}", status, ninc_device_message(state)));

  std::vector<Tensor> results;
  for (std::size_t i = 0; i < outputs.size(); ++i)
    results.push_back(readBack(outputs[i], spec.outputs[i], spec.images));
  return results;
}

} // namespace ninc
