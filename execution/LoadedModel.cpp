#include "execution/LoadedModel.h"

#include <array>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fmt/format.h>
#include <fstream>
#include <limits>

#include "execution/ElfCheck.h"

namespace ninc {

namespace {

struct CloseLibrary {
  void operator()(void *handle) const { dlclose(handle); }
};
struct FreeMemory {
  void operator()(void *memory) const { std::free(memory); }
};

Shape shapeOf(const ninc_tensor &tensor) {
  return Shape(tensor.shape, tensor.shape + tensor.rank);
}

Error runError(const ninc_model &model, int status, std::string_view what) {
  return {status == NINC_ERROR_CPU ? ErrorKind::badInput : ErrorKind::internal,
          fmt::format("{}: {} (code {})", what, model.strerror(status), status)};
}

// A tensor in memory with any strides -> row-major. Ranks below 4 are padded with leading extents of 1.
Tensor gather(const ninc_tensor &description, const float *data) {
  Tensor tensor{shapeOf(description), {}};
  std::array<std::int64_t, 4> extent{1, 1, 1, 1}, stride{0, 0, 0, 0};
  for (int i = 0; i < description.rank; ++i) {
    extent[4 - description.rank + i] = description.shape[i];
    stride[4 - description.rank + i] = description.stride[i];
  }
  tensor.data.reserve(static_cast<std::size_t>(elementCount(tensor.shape)));
  for (std::int64_t a = 0; a < extent[0]; ++a)
    for (std::int64_t b = 0; b < extent[1]; ++b)
      for (std::int64_t c = 0; c < extent[2]; ++c)
        for (std::int64_t d = 0; d < extent[3]; ++d)
          tensor.data.push_back(data[a * stride[0] + b * stride[1] + c * stride[2] + d * stride[3]]);
  return tensor;
}

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
  for (const auto &[tensors, count] :
       {std::pair(model.inputs, model.n_inputs), {model.outputs, model.n_outputs}})
    for (std::int32_t i = 0; i < count; ++i)
      images += elementCount(shapeOf(tensors[i])) * static_cast<std::int64_t>(sizeof(float));
  return __builtin_mul_overflow(images, model.batch, &bytes) ? std::numeric_limits<std::int64_t>::max()
                                                             : bytes;
}

// Memory is given at its first use, and too much of it ends in the system's killing somebody: so what a run
// takes is compared with what there is before anything is allocated.
Result<void> checkMemory(const ninc_model &model, std::int64_t scratchBytes) {
  const std::int64_t available = availableMemory();
  const std::int64_t arguments = argumentBytes(model);
  if (scratchBytes <= available && arguments <= available - scratchBytes) return {};
  return fail(fmt::format(
      "a run of {} image{} takes {} MiB for inputs and outputs and {} MiB of scratch, but {} MiB "
      "of memory are available; compile it for a smaller batch",
      model.batch, model.batch == 1 ? "" : "s", arguments >> 20, scratchBytes >> 20, available >> 20));
}

std::vector<void *> addressesOf(std::vector<Tensor> &tensors) {
  std::vector<void *> addresses;
  for (Tensor &tensor : tensors)
    addresses.push_back(tensor.data.data());
  return addresses;
}

} // namespace

struct LoadedModel::State {
  std::unique_ptr<void, CloseLibrary> library;
  const ninc_model *model = nullptr;
  std::unique_ptr<void, FreeMemory> scratch;
  ninc_executor *team = nullptr;

  State() = default;
  State(const State &) = delete;
  State &operator=(const State &) = delete;
  ~State() {
    if (team) model->team_destroy(team);
  }
};

LoadedModel::LoadedModel(std::unique_ptr<State> state) : state_(std::move(state)) {}
LoadedModel::LoadedModel(LoadedModel &&) noexcept = default;
LoadedModel &LoadedModel::operator=(LoadedModel &&) noexcept = default;
LoadedModel::~LoadedModel() = default;

const ninc_model &LoadedModel::descriptor() const {
  return *state_->model;
}
ninc_executor *LoadedModel::team() const {
  return state_->team;
}
void *LoadedModel::scratch() const {
  return state_->scratch.get();
}

Result<LoadedModel> LoadedModel::open(const std::filesystem::path &library, int threads) {
  if (threads < 1) return fail(fmt::format("{} threads make no team; give at least 1", threads));
  if (auto whole = checkSharedLibrary(library); !whole) return tl::unexpected(whole.error());
  auto state = std::make_unique<State>();
  // A bare name would be looked up along the library path, which nobody means here.
  std::filesystem::path path = library.has_parent_path() ? library : "." / library;
  state->library.reset(dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL));
  if (!state->library) return fail(fmt::format("can't load '{}': {}", library.string(), dlerror()));
  auto describe = reinterpret_cast<ninc_model_function>(dlsym(state->library.get(), NINC_MODEL_SYMBOL));
  if (!describe)
    return fail(fmt::format("'{}' is a shared library, but not one that ninc made: it has no {}",
                            library.string(), NINC_MODEL_SYMBOL));
  const ninc_model &model = *describe();
  if (model.abi != NINC_MODEL_ABI)
    return fail(fmt::format("'{}' has model ABI {}, this ninc reads {}; compile it again", library.string(),
                            model.abi, NINC_MODEL_ABI));
  state->model = &model;
  if (int status = model.supported(); status != NINC_OK)
    return tl::unexpected(runError(model, status, fmt::format("'{}'", library.string())));
  // aligned_alloc wants a multiple of the alignment, and at least something to point at.
  auto alignment = static_cast<std::size_t>(model.scratch_alignment);
  std::int64_t needed = model.scratch_bytes + threads * model.scratch_bytes_per_thread;
  if (auto enough = checkMemory(model, needed); !enough) return tl::unexpected(enough.error());
  std::size_t bytes = (static_cast<std::size_t>(needed) / alignment + 1) * alignment;
  state->scratch.reset(std::aligned_alloc(alignment, bytes));
  if (!state->scratch) return fail(fmt::format("no memory for {} bytes of scratch", bytes));
  std::memset(state->scratch.get(), 0, bytes);
  if (threads > 1) {
    int status = NINC_OK;
    state->team = model.team_create(threads, &status);
    if (!state->team)
      return fail(fmt::format("a team of {} threads: {} (code {})", threads, model.strerror(status), status));
  }
  return LoadedModel(std::move(state));
}

Result<std::vector<const void *>> LoadedModel::checkedInputs(std::span<const Tensor> inputs) const {
  const ninc_model &model = descriptor();
  if (inputs.size() != static_cast<std::size_t>(model.n_inputs))
    return fail(fmt::format("the model has {} inputs, {} were given", model.n_inputs, inputs.size()));
  std::vector<const void *> pointers;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    std::int64_t expected = elementCount(shapeOf(model.inputs[i])) * model.batch;
    if (static_cast<std::int64_t>(inputs[i].data.size()) != expected)
      return fail(fmt::format("input '{}' has {} numbers, {}{} needs {}", model.inputs[i].name,
                              inputs[i].data.size(),
                              model.batch > 1 ? fmt::format("{} x ", model.batch) : std::string(),
                              toString(shapeOf(model.inputs[i])), expected));
    pointers.push_back(inputs[i].data.data());
  }
  return pointers;
}

std::vector<Tensor> LoadedModel::emptyOutputs() const {
  const ninc_model &model = descriptor();
  std::vector<Tensor> outputs;
  for (std::int32_t i = 0; i < model.n_outputs; ++i) {
    Shape shape = shapeOf(model.outputs[i]);
    if (model.batch > 1) shape.insert(shape.begin(), model.batch);
    std::vector<float> data(static_cast<std::size_t>(elementCount(shape)));
    outputs.push_back({std::move(shape), std::move(data)});
  }
  return outputs;
}

Result<std::vector<Tensor>> LoadedModel::run(std::span<const Tensor> inputs) {
  Result<std::vector<const void *>> in = checkedInputs(inputs);
  if (!in) return tl::unexpected(in.error());
  std::vector<Tensor> outputs = emptyOutputs();
  std::vector<void *> out = addressesOf(outputs);
  const ninc_model &model = descriptor();
  int status = model.run(in->data(), out.data(), state_->scratch.get(), state_->team);
  if (status != NINC_OK) return tl::unexpected(runError(model, status, "running the model"));
  return outputs;
}

Result<void> LoadedModel::runStepwise(std::span<const Tensor> inputs, const Visit &visit) {
  Result<std::vector<const void *>> in = checkedInputs(inputs);
  if (!in) return tl::unexpected(in.error());
  std::vector<Tensor> outputs = emptyOutputs();
  std::vector<void *> out = addressesOf(outputs);
  const ninc_model &model = descriptor();
  auto *scratch = static_cast<std::byte *>(state_->scratch.get());
  for (std::int32_t k = 0; k < model.n_kernels; ++k) {
    const ninc_kernel &kernel = model.kernels[k];
    int status = kernel.run(in->data(), out.data(), scratch, state_->team);
    if (status != NINC_OK)
      return tl::unexpected(runError(model, status, fmt::format("kernel '{}'", kernel.name)));
    for (std::int32_t r = 0; r < kernel.n_results; ++r) {
      const void *data = kernel.result_output[r] >= 0 ? out[static_cast<std::size_t>(kernel.result_output[r])]
                                                      : scratch + kernel.result_offset[r];
      visit(kernel, r, gather(kernel.results[r], static_cast<const float *>(data)));
    }
  }
  return {};
}

} // namespace ninc
