#include "execution/model/LoadedModel.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <dlfcn.h>
#include <fmt/format.h>
#include <fstream>
#include <limits>
#include <variant>

#include "execution/model/CpuProcessor.h"
#include "execution/model/DescriptorCheck.h"
#include "execution/model/DeviceProcessor.h"
#include "execution/model/ElfCheck.h"
#include "execution/model/InputMemory.h"
#include "execution/model/OutputMemory.h"
#include "execution/model/ResultTensor.h"
#include "execution/model/Status.h"
#include "execution/model/Trial.h"
#include "support/Counted.h"
#include "support/Seal.h"

namespace ninc {

namespace {

struct CloseLibrary {
  void operator()(void *handle) const { dlclose(handle); }
};

// Bytes that the system can give without swapping, as far as it tells.
std::int64_t availableMemory() {
  std::ifstream info("/proc/meminfo");
  for (std::string line; std::getline(info, line);)
    if (std::int64_t kibibytes = 0; std::sscanf(line.c_str(), "MemAvailable: %" SCNd64, &kibibytes) == 1)
      return kibibytes * 1024;
  return std::numeric_limits<std::int64_t>::max();
}

// Bytes of all inputs and outputs of one run; at most the largest number.
std::int64_t argumentBytes(const ninc_model &model) {
  std::int64_t images = 0, bytes = 0;
  for (std::int32_t size = 0; size < model.n_sizes; ++size) {
    std::int64_t ofSize = 0;
    for (const auto tensors : {inputsOf(model, {size}), outputsOf(model, {size})})
      for (const ninc_tensor &tensor : tensors)
        ofSize += tensor.bytes;
    images = std::max(images, ofSize);
  }
  return __builtin_mul_overflow(images, model.batch, &bytes) ? std::numeric_limits<std::int64_t>::max()
                                                             : bytes;
}

// Memory is given at its first use, and too much of it ends in the system's killing somebody: so what a run
// takes is compared with what there is before anything is allocated.
Result<void> checkMemory(const ninc_model &model, std::int64_t scratchBytes) {
  const std::int64_t available = availableMemory();
  const std::int64_t arguments = argumentBytes(model);
  if (scratchBytes <= available && arguments <= available - scratchBytes) return {};
  return fail(fmt::format("a run of {} takes {} MiB for inputs and outputs and {} MiB of scratch, but {} MiB "
                          "of memory are available; compile it for a smaller batch",
                          counted(model.batch, "image"), arguments >> 20, scratchBytes >> 20,
                          available >> 20));
}

// Beside the library, where they aren't in it.
Result<void> openWeights(const ninc_model &model, const std::filesystem::path &library) {
  if (!model.external_weights) return {};
  const std::filesystem::path file = std::filesystem::path(library).replace_extension(".weights");
  constexpr int readAll = 1;
  const int status = model.open_weights(file.c_str(), readAll);
  if (status == NINC_OK) return {};
  return fail(fmt::format("'{}' has its weights in '{}', but {}: {}", library.string(), file.string(),
                          std::filesystem::exists(file) ? "that isn't the file that was made with it"
                                                        : "there is no such file",
                          model.strerror(status)));
}

} // namespace

struct LoadedModel::State {
  std::unique_ptr<void, CloseLibrary> library;
  const ninc_model *model = nullptr;
  std::variant<std::monostate, CpuProcessor, DeviceProcessor> processor; // the first until open is done
  RunShape shape;
  bool isOurs = true; // as its seal says: its failures are ninc's

  // Calls `use` with the processor.
  template <class Use>
  auto with(const Use &use) {
    if (auto *device = std::get_if<DeviceProcessor>(&processor)) return use(*device);
    return use(std::get<CpuProcessor>(processor));
  }

  // A run's result. Nobody knows who is to blame for a library without a seal, but not ninc.
  Result<void> blamed(Result<void> done) const {
    if (!done && !isOurs) done.error().kind = ErrorKind::badInput;
    return done;
  }

  // `name` is the library's, for errors.
  Result<void> openOnCpu(const std::string &name, int threads);
  Result<void> openOnDevice(const std::string &name, DeviceChoice device);
  Result<void> use(RunShape wanted);
};

LoadedModel::LoadedModel(std::unique_ptr<State> state) : state_(std::move(state)) {}
LoadedModel::LoadedModel(LoadedModel &&) noexcept = default;
LoadedModel &LoadedModel::operator=(LoadedModel &&) noexcept = default;
LoadedModel::~LoadedModel() = default;

const ninc_model &LoadedModel::descriptor() const {
  return *state_->model;
}
Result<void> LoadedModel::use(RunShape shape) {
  const ninc_model &model = descriptor();
  if (shape.size < 0 || shape.size >= model.n_sizes)
    return fail(
        fmt::format("the model has {}, none of number {}", counted(model.n_sizes, "size"), shape.size));
  if (shape.images < model.least_batch || shape.images > model.batch)
    return fail(fmt::format("the model runs {}{} at a time, not {}",
                            model.least_batch < model.batch ? fmt::format("{} to ", model.least_batch) : "",
                            counted(model.batch, "image"), shape.images));
  return state_->use(shape);
}
RunShape LoadedModel::shape() const {
  return state_->shape;
}
std::span<const ninc_tensor> LoadedModel::inputs() const {
  return inputsOf(descriptor(), shape());
}
std::span<const ninc_tensor> LoadedModel::outputs() const {
  return outputsOf(descriptor(), shape());
}
std::int64_t LoadedModel::group() const {
  const auto *cpu = std::get_if<CpuProcessor>(&state_->processor);
  return cpu ? cpu->version().group : images();
}

std::span<const ninc_kernel> LoadedModel::kernels() const {
  return state_->with([](const auto &processor) { return processor.kernels(); });
}
const char *LoadedModel::target() const {
  return state_->with([](const auto &processor) { return processor.target(); });
}
ElementType LoadedModel::storage() const {
  return half() && half()->element == NINC_F16 ? ElementType::f16 : ElementType::f32;
}
const ninc_device_half *LoadedModel::half() const {
  const auto *device = std::get_if<DeviceProcessor>(&state_->processor);
  return device ? &device->half() : nullptr;
}
ninc_executor *LoadedModel::team() const {
  const auto *cpu = std::get_if<CpuProcessor>(&state_->processor);
  return cpu ? cpu->team() : nullptr;
}
void *LoadedModel::scratch() const {
  const auto *cpu = std::get_if<CpuProcessor>(&state_->processor);
  return cpu ? cpu->scratch() : nullptr;
}

Result<LoadedModel> LoadedModel::open(const std::filesystem::path &library, int threads,
                                      DeviceChoice device) {
  if (threads < 1) return fail(fmt::format("{} threads make no team; give at least 1", threads));
  if (auto whole = checkSharedLibrary(library); !whole) return tl::unexpected(whole.error());
  const Result<Seal> seal = sealOf(library);
  if (!seal) return tl::unexpected(seal.error());
  if (*seal == Seal::broken)
    return fail(
        fmt::format("'{}' is damaged: it isn't what ninc wrote (its checksum differs); compile it again, or, "
                    "if it was changed on purpose, take the seal off with strip",
                    library.string()));
  if (*seal == Seal::whole) return openTrusted(library, threads, device);
  if (auto sound = tryOut(library, [&] { return useAll(library, threads, device); }); !sound)
    return tl::unexpected(sound.error());
  blameCrashesOn(library);
  auto opened = openTrusted(library, threads, device);
  if (opened) opened->state_->isOurs = false;
  return opened;
}

// Everything that can be done with a library, once.
Result<void> LoadedModel::useAll(const std::filesystem::path &library, int threads, DeviceChoice device) {
  Result<LoadedModel> loaded = openTrusted(library, threads, device);
  if (!loaded) return tl::unexpected(loaded.error());
  constexpr double usual = 10,
                   ofMac = 1e-8; // seconds: more than any processor takes, spinning threads included
  allowInTrial(usual +
               ofMac * static_cast<double>(loaded->descriptor().macs) * loaded->descriptor().batch * threads);
  std::vector<Tensor> inputs;
  for (const ninc_tensor &input : loaded->inputs()) {
    const Shape shape = shapeOf(input);
    const std::int64_t numbers = elementCount(shape) * loaded->descriptor().batch;
    inputs.push_back({shape, std::vector<float>(static_cast<std::size_t>(numbers))});
  }
  // A run that fails in words is no reason against the library: whoever runs it will hear them.
  static_cast<void>(loaded->run(inputs));
  static_cast<void>(loaded->runStepwise(inputs, [](const ninc_kernel &, int, const Tensor &) {}));
  OutputMemory outputs(loaded->outputs(), loaded->images());
  std::vector<std::uint64_t> counters(loaded->counterCount());
  if (const auto in = InputMemory::of(loaded->inputs(), loaded->images(), inputs); in)
    static_cast<void>(loaded->runCounting(in->addresses(), outputs.addresses(), counters));
  return {};
}

Result<LoadedModel> LoadedModel::openTrusted(const std::filesystem::path &library, int threads,
                                             DeviceChoice device) {
  auto state = std::make_unique<State>();
  // A bare name would be looked up along the library path, which nobody means here.
  std::filesystem::path path = library.has_parent_path() ? library : "." / library;
  state->library.reset(dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL));
  if (!state->library) return fail(fmt::format("can't load '{}': {}", library.string(), dlerror()));
  auto describe = reinterpret_cast<ninc_model_function>(dlsym(state->library.get(), NINC_MODEL_SYMBOL));
  if (!describe)
    return fail(fmt::format("'{}' is a shared library, but not one that ninc made: it has no {}",
                            library.string(), NINC_MODEL_SYMBOL));
  const ninc_model *const model = describe();
  if (!model || model->abi != NINC_MODEL_ABI)
    return fail(fmt::format("'{}' has model ABI {}, this ninc reads {}; compile it again", library.string(),
                            model ? model->abi : 0, NINC_MODEL_ABI));
  if (auto sound = checkDescriptor(*model); !sound)
    return fail(
        fmt::format("'{}' is damaged, or made by another version of ninc: its descriptor has {} wrong; "
                    "compile it again",
                    library.string(), sound.error().message));
  if (auto opened = openWeights(*model, library); !opened) return tl::unexpected(opened.error());
  state->model = model;
  state->shape = usualShape(*model);
  auto ready = device.isCpu() ? state->openOnCpu(library.string(), threads)
                              : state->openOnDevice(library.string(), device);
  if (!ready) return tl::unexpected(ready.error());
  return LoadedModel(std::move(state));
}

Result<void> LoadedModel::State::openOnCpu(const std::string &name, int threads) {
  if (int status = model->supported(); status != NINC_OK)
    return tl::unexpected(statusError(*model, status, fmt::format("'{}'", name)));
  if (auto enough = checkMemory(*model, CpuProcessor::scratchBytes(*model, threads)); !enough) return enough;
  Result<CpuProcessor> cpu = CpuProcessor::open(*model, threads);
  if (!cpu) return tl::unexpected(cpu.error());
  processor = std::move(*cpu);
  return {};
}

Result<void> LoadedModel::State::openOnDevice(const std::string &name, DeviceChoice device) {
  const ninc_device_half *half = deviceHalf(*model, device.kind);
  if (!half)
    return fail(fmt::format("'{}' was compiled without code for {}; compile it with --target host+{}", name,
                            nameOfKind(device.kind), wordOfKind(device.kind)));
  if (auto enough = checkMemory(*model, 0); !enough) return enough;
  Result<DeviceProcessor> opened = DeviceProcessor::open(*model, *half, device);
  if (!opened) return tl::unexpected(opened.error());
  processor = std::move(*opened);
  return {};
}

// A device's kernels are compiled for it, and so again for another size.
Result<void> LoadedModel::State::use(RunShape wanted) {
  if (auto *device = std::get_if<DeviceProcessor>(&processor)) {
    if (wanted.images != model->batch)
      return fail(fmt::format("on a device the model runs its whole batch of {}, not {} of them",
                              counted(model->batch, "image"), wanted.images));
    if (wanted.size != shape.size) {
      const DeviceChoice choice = device->device();
      const ninc_device_half *half = deviceHalf(*model, choice.kind, wanted.size);
      if (!half)
        return fail(fmt::format("the model has no code for {} at this size", nameOfKind(choice.kind)));
      Result<DeviceProcessor> opened = DeviceProcessor::open(*model, *half, choice);
      if (!opened) return tl::unexpected(opened.error());
      *device = std::move(*opened);
    }
  } else {
    std::get<CpuProcessor>(processor).use(wanted);
  }
  shape = wanted;
  return {};
}

Result<std::vector<Tensor>> LoadedModel::run(std::span<const Tensor> inputs) {
  Result<InputMemory> in = InputMemory::of(this->inputs(), images(), inputs);
  if (!in) return tl::unexpected(in.error());
  OutputMemory outputs(this->outputs(), images());
  if (auto done = run(in->addresses(), outputs.addresses()); !done) return tl::unexpected(done.error());
  return outputs.tensors();
}

Result<void> LoadedModel::run(const void *const *inputs, void *const *outputs) {
  return state_->blamed(state_->with([&](auto &processor) { return processor.run(inputs, outputs); }));
}

Result<void> LoadedModel::runCounting(const void *const *inputs, void *const *outputs,
                                      std::span<std::uint64_t> counters) {
  return state_->blamed(
      state_->with([&](auto &processor) { return processor.runCounting(inputs, outputs, counters); }));
}

std::size_t LoadedModel::counterCount() const {
  return state_->with([](const auto &processor) { return processor.counterCount(); });
}

Result<void> LoadedModel::runStepwise(std::span<const Tensor> inputs, const Visit &visit) {
  Result<InputMemory> in = InputMemory::of(this->inputs(), images(), inputs);
  if (!in) return tl::unexpected(in.error());
  OutputMemory outputs(this->outputs(), images());
  void *const *out = outputs.addresses();
  return state_->blamed(state_->with([&](auto &processor) -> Result<void> {
    for (std::size_t k = 0; k < processor.kernels().size(); ++k) {
      const ninc_kernel &kernel = processor.kernels()[k];
      auto done = processor.runKernel(static_cast<std::int32_t>(k), in->addresses(), out);
      if (!done) return done;
      for (std::int32_t r = 0; r < kernel.n_results; ++r) {
        const ninc_tensor &result = kernel.results[r];
        if (const std::int32_t output = kernel.result_output[r]; output >= 0) {
          visit(kernel, r, gather(result, out[output]));
          continue;
        }
        Result<const void *> data = processor.intermediate(kernel.result_offset[r], result.bytes);
        if (!data) return tl::unexpected(data.error());
        visit(kernel, r, gather(result, *data));
      }
    }
    return {};
  }));
}

} // namespace ninc
