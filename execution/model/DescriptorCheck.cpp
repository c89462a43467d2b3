#include "execution/model/DescriptorCheck.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fmt/format.h>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>

#include "runtime/ninc_devices.h"
#include "support/Utf8.h"

namespace ninc {

namespace {

// More of anything than these is no model. Bytes: sums of them still fit.
constexpr std::int32_t mostParts = 1 << 16, mostImages = 1 << 20, mostText = 1 << 20;
constexpr std::int64_t mostBytes = std::int64_t{1} << 44;

tl::unexpected<Error> wrong(const std::string &what) {
  return fail(what);
}

// Names, ops and schedules are printed as they are.
bool isText(const char *text) {
  if (!text || strnlen(text, mostText) >= mostText) return false;
  const std::string_view characters(text);
  return isUtf8(characters) && std::ranges::none_of(characters, [](char c) { return c >= 0 && c < ' '; });
}

bool isCount(std::int32_t count, const void *first) {
  return count >= 0 && count <= mostParts && (count == 0 || first);
}

bool isSize(std::int64_t bytes) {
  return bytes >= 0 && bytes <= mostBytes;
}

// 0 of one that isn't known.
std::int64_t bytesOfElement(std::int32_t element) {
  switch (element) {
  case NINC_F32:
    return 4;
  case NINC_F16:
    return 2;
  case NINC_I64:
    return 8;
  case NINC_U8:
    return 1;
  default:
    return 0;
  }
}

Result<void> checkTensor(const ninc_tensor &tensor) {
  if (!isText(tensor.name)) return wrong("a tensor's name");
  const std::int64_t elementBytes = bytesOfElement(tensor.element);
  if (elementBytes == 0) return wrong(fmt::format("the element of '{}'", tensor.name));
  if (tensor.rank < 1 || tensor.rank > NINC_MOST_DIMENSIONS)
    return wrong(fmt::format("the rank of '{}'", tensor.name));
  std::int64_t elements = 1, last = 0; // the last one's distance from the first
  for (std::int32_t i = 0; i < tensor.rank; ++i) {
    std::int64_t span = 0;
    if (tensor.shape[i] < 1 || tensor.stride[i] < 0 ||
        __builtin_mul_overflow(elements, tensor.shape[i], &elements) || elements > mostBytes / elementBytes ||
        __builtin_mul_overflow(tensor.shape[i] - 1, tensor.stride[i], &span) ||
        __builtin_add_overflow(last, span, &last))
      return wrong(fmt::format("the shape of '{}'", tensor.name));
  }
  if (tensor.bytes != elements * elementBytes || last >= elements)
    return wrong(fmt::format("the size of '{}'", tensor.name));
  return {};
}

Result<void> checkTensors(const ninc_tensor *tensors, std::int32_t count) {
  for (std::int32_t i = 0; i < count; ++i)
    if (auto sound = checkTensor(tensors[i]); !sound) return sound;
  return {};
}

// `arena` bytes is what results between kernels lie in.
Result<void> checkKernel(const ninc_model &model, const ninc_size &size, const ninc_kernel &kernel,
                         std::int64_t arena) {
  if (!isText(kernel.name) || !isText(kernel.op) || !isText(kernel.schedule)) return wrong("a kernel's name");
  const auto inKernel = [&](const char *what) { return wrong(fmt::format("{} of '{}'", what, kernel.name)); };
  if (kernel.macs < 0 || kernel.bytes < 0) return inKernel("the costs");
  if (kernel.winograd_rows < 0 || kernel.winograd_columns < 0) return inKernel("the transform");
  if (!isCount(kernel.n_results, kernel.results) || !isCount(kernel.n_results, kernel.result_output) ||
      !isCount(kernel.n_results, kernel.result_offset))
    return inKernel("the results");
  if (auto sound = checkTensors(kernel.results, kernel.n_results); !sound) return sound;
  for (std::int32_t i = 0; i < kernel.n_results; ++i) {
    const std::int64_t offset = kernel.result_offset[i], bytes = kernel.results[i].bytes;
    if (kernel.result_output[i] < -1 || kernel.result_output[i] >= model.n_outputs)
      return inKernel("an output");
    if (kernel.result_output[i] >= 0 ? bytes != size.outputs[kernel.result_output[i]].bytes
                                     : (offset < 0 || bytes > arena || offset > arena - bytes))
      return inKernel("a result's place");
  }
  return {};
}

Result<void> checkKernels(const ninc_model &model, const ninc_size &size,
                          std::span<const ninc_kernel> kernels, std::int64_t arena, bool callable) {
  for (const ninc_kernel &kernel : kernels) {
    if (auto sound = checkKernel(model, size, kernel, arena); !sound) return sound;
    if (callable && !kernel.run) return wrong(fmt::format("the code of '{}'", kernel.name));
  }
  return {};
}

Result<void> checkHalf(const ninc_model &model, const ninc_device_half &half) {
  if (!isText(half.target)) return wrong("a device's name");
  if (!isCount(half.n_kernels, half.kernels) || !isCount(half.n_kernels, half.launches) ||
      !isSize(half.arena_bytes) || !isSize(half.weight_bytes) ||
      (half.element != NINC_F32 && half.element != NINC_F16) || half.size < 0 || half.size >= model.n_sizes)
    return wrong(fmt::format("the half for {}", half.target));
  return checkKernels(model, model.sizes[half.size], {half.kernels, static_cast<std::size_t>(half.n_kernels)},
                      half.arena_bytes, false);
}

bool hasFunctions(const ninc_model &model) {
  return model.supported && model.run && model.run_batch && model.strerror && model.team_create &&
         model.team_destroy && model.chosen_target && model.use_target;
}

Result<void> checkDevices(const ninc_model &model, const ninc_devices &devices) {
  if (devices.struct_bytes < static_cast<std::int32_t>(sizeof devices))
    return wrong("the size of its devices");
  if (!isCount(devices.n_halves, devices.halves)) return wrong("how many devices there are");
  if (!devices.create || !devices.destroy || !devices.run_on || !devices.enqueue || !devices.wait ||
      !devices.run_kernel || !devices.read_arena || !devices.message || !devices.native)
    return wrong("the functions of its devices");
  for (std::int32_t i = 0; i < devices.n_halves; ++i)
    if (auto sound = checkHalf(model, devices.halves[i]); !sound) return sound;
  return {};
}

// All or nothing.
bool hasWeightFile(const ninc_model &model) {
  const bool isFile = model.external_weights;
  return model.external_weight_bytes >= 0 && model.external_weight_bytes <= mostBytes &&
         isFile == (model.open_weights != nullptr) && isFile == (model.use_weights != nullptr) &&
         isFile == (model.close_weights != nullptr);
}

bool hasOriginalNames(const ninc_model &model) {
  for (std::int32_t i = 0; model.original_names && i < model.n_inputs + model.n_outputs; ++i)
    if (!isText(model.original_names[i])) return false;
  return true;
}

bool isSameTensor(const ninc_tensor &a, const ninc_tensor &b) {
  return std::string_view(a.name) == b.name && a.rank == b.rank && a.element == b.element;
}

Result<void> checkSizes(const ninc_model &model) {
  if (model.n_sizes < 1 || !isCount(model.n_sizes, model.sizes)) return wrong("how many sizes there are");
  for (std::int32_t i = 0; i < model.n_sizes; ++i) {
    const ninc_size &size = model.sizes[i];
    if (!isCount(model.n_inputs, size.inputs) || !isCount(model.n_outputs, size.outputs) || size.macs < 0)
      return wrong(fmt::format("size {}", i));
    for (const auto &[tensors, firsts, count] : {std::tuple(size.inputs, model.inputs, model.n_inputs),
                                                 {size.outputs, model.outputs, model.n_outputs}}) {
      if (auto sound = checkTensors(tensors, count); !sound) return sound;
      for (std::int32_t tensor = 0; tensor < count; ++tensor)
        if (!isSameTensor(tensors[tensor], firsts[tensor]))
          return wrong(fmt::format("a tensor of size {}", i));
    }
  }
  return {};
}

// Whether the versions of one target that begin at `first` are all that runs may ask for: each size in its
// turn, with groups that go down, to 1 where there may be any number of images. Gives the one behind them.
std::optional<std::int32_t> endOfTarget(const ninc_model &model, std::int32_t first) {
  std::int32_t at = first;
  for (std::int32_t size = 0; size < model.n_sizes; ++size) {
    std::int32_t last = model.batch + 1;
    const std::int32_t begin = at;
    for (; at < model.n_versions && model.versions[at].size == size &&
           std::string_view(model.versions[at].target) == model.versions[first].target;
         ++at) {
      if (model.versions[at].group < 1 || model.versions[at].group >= last) return std::nullopt;
      last = model.versions[at].group;
    }
    if (at == begin ||
        (model.least_batch < model.batch ? last != 1 : at != begin + 1 || model.batch % last != 0))
      return std::nullopt;
  }
  return at;
}

Result<void> checkVersions(const ninc_model &model) {
  if (!isCount(model.n_versions, model.versions)) return wrong("how many versions there are");
  for (std::int32_t i = 0; i < model.n_versions; ++i) {
    const ninc_version &version = model.versions[i];
    if (!isText(version.target)) return wrong("a version's target");
    if (version.size < 0 || version.size >= model.n_sizes || version.n_kernels > model.most_kernels ||
        !isCount(version.n_kernels, version.kernels))
      return wrong(fmt::format("a version for {}", version.target));
    if (auto sound = checkKernels(model, model.sizes[version.size],
                                  {version.kernels, static_cast<std::size_t>(version.n_kernels)},
                                  model.scratch_bytes, true);
        !sound)
      return sound;
  }
  for (std::int32_t first = 0; first < model.n_versions;) {
    const std::optional<std::int32_t> end = endOfTarget(model, first);
    if (!end) return wrong(fmt::format("the versions for {}", model.versions[first].target));
    first = *end;
  }
  return {};
}

} // namespace

Result<void> checkDescriptor(const ninc_model &model) {
  if (model.struct_bytes < static_cast<std::int32_t>(sizeof model)) return wrong("its size");
  if (!isText(model.name) || !isText(model.compiler) || !isText(model.target)) return wrong("its names");
  if (model.batch < 1 || model.batch > mostImages ||
      (model.least_batch != model.batch && model.least_batch != 1))
    return wrong("the batch");
  if (!isCount(model.n_inputs, model.inputs) || !isCount(model.n_outputs, model.outputs) ||
      model.most_kernels < 0 || model.most_kernels > mostParts)
    return wrong("how many there are of each thing");
  if (!hasOriginalNames(model)) return wrong("its tensors' names in the model's file");
  const std::int64_t alignment = model.scratch_alignment;
  if (!isSize(model.scratch_bytes) || !isSize(model.scratch_bytes_per_thread) || alignment < 1 ||
      alignment > (1 << 20) || (alignment & (alignment - 1)) != 0)
    return wrong("the scratch");
  if (!isSize(model.weight_bytes) || model.macs < 0) return wrong("the costs");
  if (!hasFunctions(model)) return wrong("the functions");
  if (!hasWeightFile(model)) return wrong("the file of weights");
  for (const auto &[tensors, count] :
       {std::pair(model.inputs, model.n_inputs), {model.outputs, model.n_outputs}})
    if (auto sound = checkTensors(tensors, count); !sound) return sound;
  if (auto sound = checkSizes(model); !sound) return sound;
  if (auto sound = checkVersions(model); !sound) return sound;
  return model.devices ? checkDevices(model, *model.devices) : Result<void>{};
}

} // namespace ninc
