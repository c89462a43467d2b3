#include "python/native/Library.h"

#include "execution/model/ResultTensor.h"

namespace nb = nanobind;

namespace ninc {

namespace {

const char *dtypeOf(std::int32_t element) {
  return element == NINC_I64 ? "int64" : element == NINC_U8 ? "uint8" : "float32";
}

nb::dict describe(const ninc_tensor &tensor) {
  nb::dict described;
  described["name"] = tensor.name;
  described["dtype"] = dtypeOf(tensor.element);
  nb::list shape;
  for (const std::int64_t extent : shapeInMemory(tensor))
    shape.append(extent);
  described["shape"] = nb::tuple(shape);
  return described;
}

nb::list describe(const ninc_tensor *tensors, std::int32_t count) {
  nb::list described;
  for (std::int32_t i = 0; i < count; ++i)
    described.append(describe(tensors[i]));
  return described;
}

nb::dict describe(const ninc_kernel &kernel) {
  nb::dict described;
  described["name"] = kernel.name;
  described["op"] = kernel.op;
  described["schedule"] = kernel.schedule;
  described["macs"] = kernel.macs;
  described["bytes"] = kernel.bytes;
  return described;
}

// As many images as there are; of one without a dimension for them, none.
nb::tuple shapeOf(const Shape &image, std::int32_t images, bool hasImages) {
  nb::list shape;
  if (hasImages) shape.append(images);
  for (const std::int64_t extent : image)
    shape.append(extent);
  return nb::tuple(shape);
}

} // namespace

struct Library::Call {
  explicit Call(const ninc_model &model)
      : in(static_cast<std::size_t>(model.n_inputs)), out(static_cast<std::size_t>(model.n_outputs)) {}

  std::int32_t size = 0, images = 1;
  bool hasImages = false;
  std::vector<ArrayMemory> in, out;
};

Library::Library(std::filesystem::path file, int threads) : file_(std::move(file)), threads_(threads) {
  if (threads < 1) throw Failure{"a model runs in at least 1 of the caller's threads"};
  {
    nb::gil_scoped_release unlocked;
    Result<LoadedModel> opened = LoadedModel::open(file_, 1);
    if (!opened) throw Failure{opened.error().message};
    loaded_ = std::make_unique<LoadedModel>(std::move(*opened));
  }
  model_ = &loaded_->descriptor();
  for (std::int32_t i = 0; i < model_->n_sizes; ++i) {
    Shapes &shapes = sizes_.emplace_back();
    for (const ninc_tensor &tensor : inputsOf(*model_, {i}))
      shapes.inputs.push_back(shapeInMemory(tensor));
    for (const ninc_tensor &tensor : outputsOf(*model_, {i}))
      shapes.outputs.push_back(shapeInMemory(tensor));
  }
  idle_.push_back(std::make_unique<Workplace>(*model_, threads_)); // so that what can't be had is told here
  empty_ = nb::module_::import_("numpy").attr("empty");
}

nb::dict Library::describe() const {
  nb::dict described;
  described["name"] = model_->name;
  described["compiler"] = model_->compiler;
  described["targets"] = model_->target;
  described["target"] = model_->chosen_target();
  described["batch"] = model_->batch;
  described["least_batch"] = model_->least_batch;
  nb::list sizes, kernels, names;
  for (std::int32_t i = 0; i < model_->n_sizes; ++i) {
    nb::dict size;
    size["inputs"] = ninc::describe(model_->sizes[i].inputs, model_->n_inputs);
    size["outputs"] = ninc::describe(model_->sizes[i].outputs, model_->n_outputs);
    sizes.append(size);
  }
  for (const ninc_kernel &kernel : loaded_->kernels())
    kernels.append(ninc::describe(kernel));
  for (std::int32_t i = 0; model_->original_names && i < model_->n_inputs + model_->n_outputs; ++i)
    names.append(model_->original_names[i]);
  described["sizes"] = sizes;
  described["kernels"] = kernels;
  described["original_names"] = names;
  described["macs"] = model_->macs;
  described["weight_bytes"] = model_->external_weights ? model_->external_weight_bytes : model_->weight_bytes;
  return described;
}

bool Library::take(Call &call, const nb::tuple &arrays) const {
  if (arrays.size() != call.in.size()) return false;
  const ninc_size &any = model_->sizes[0]; // ranks and elements are the same in all
  for (std::size_t i = 0; i < call.in.size(); ++i)
    if (!call.in[i].take(arrays[i].ptr(), any.inputs[i].element, false)) return false;
  call.hasImages = call.in[0].rank() == any.inputs[0].rank + 1;
  if (call.hasImages) {
    const std::int64_t images = call.in[0].first();
    if (images < model_->least_batch || images > model_->batch) return false;
    call.images = static_cast<std::int32_t>(images);
  } else if (model_->least_batch > 1) {
    return false;
  }
  const auto isOfSize = [&](const Shapes &size) {
    for (std::size_t i = 0; i < call.in.size(); ++i)
      if (!call.in[i].endsAs(size.inputs[i], call.hasImages) ||
          (call.hasImages && call.in[i].first() != call.images))
        return false;
    return true;
  };
  for (call.size = 0; call.size < model_->n_sizes; ++call.size)
    if (isOfSize(sizes_[static_cast<std::size_t>(call.size)])) return true;
  return false;
}

std::unique_ptr<Workplace> Library::takeWorkplace() {
  while (!idle_.empty()) {
    std::unique_ptr<Workplace> workplace = std::move(idle_.back());
    idle_.pop_back();
    if (workplace->isHere()) return workplace;
  }
  return std::make_unique<Workplace>(*model_, threads_);
}

void Library::run(Call &call) {
  std::vector<const void *> inputs;
  std::vector<void *> outputs;
  for (const ArrayMemory &memory : call.in)
    inputs.push_back(memory.address());
  for (const ArrayMemory &memory : call.out)
    outputs.push_back(memory.address());
  std::unique_ptr<Workplace> workplace = takeWorkplace();
  int status = NINC_OK;
  {
    nb::gil_scoped_release unlocked;
    status = model_->run_batch(call.size, call.images, inputs.data(), outputs.data(), workplace->scratch(),
                               workplace->team());
  }
  idle_.push_back(std::move(workplace));
  if (status != NINC_OK) throw Failure{model_->strerror(status)};
}

nb::object Library::tryRun(const nb::tuple &arrays) {
  Call call(*model_);
  if (!take(call, arrays)) return nb::none();
  nb::list results;
  for (std::size_t i = 0; i < call.out.size(); ++i) {
    const std::int32_t element = model_->outputs[i].element;
    const Shape &shape = sizes_[static_cast<std::size_t>(call.size)].outputs[i];
    nb::object array = empty_(shapeOf(shape, call.images, call.hasImages), dtypeOf(element));
    if (!call.out[i].take(array.ptr(), element, true))
      throw Failure{"numpy.empty made no array of an output's kind"};
    results.append(array);
  }
  run(call);
  return results;
}

bool Library::tryRunInto(const nb::tuple &arrays, const nb::tuple &results) {
  Call call(*model_);
  if (!take(call, arrays) || results.size() != call.out.size()) return false;
  for (std::size_t i = 0; i < call.out.size(); ++i) {
    if (!call.out[i].take(results[i].ptr(), model_->outputs[i].element, true)) return false;
    const Shape &shape = sizes_[static_cast<std::size_t>(call.size)].outputs[i];
    if (!call.out[i].endsAs(shape, call.hasImages) || (call.hasImages && call.out[i].first() != call.images))
      return false;
  }
  run(call);
  return true;
}

std::vector<std::vector<std::uint64_t>> Library::profile(int size, int images, int runs) const {
  nb::gil_scoped_release unlocked;
  Result<LoadedModel> library = LoadedModel::open(file_, threads_);
  if (!library) throw Failure{library.error().message};
  if (auto used = library->use({size, images}); !used) throw Failure{used.error().message};
  const auto memoryFor = [&](std::span<const ninc_tensor> tensors) {
    std::vector<std::vector<float>> memory;
    for (const ninc_tensor &tensor : tensors) // room for elements of eight bytes, too; ones are plain numbers
      memory.emplace_back(static_cast<std::size_t>(tensor.bytes * images) / sizeof(float) + 2, 1.0f);
    return memory;
  };
  std::vector<std::vector<float>> in = memoryFor(library->inputs()), out = memoryFor(library->outputs());
  std::vector<const void *> inputs;
  std::vector<void *> outputs;
  for (const auto &each : in)
    inputs.push_back(each.data());
  for (auto &each : out)
    outputs.push_back(each.data());
  std::vector<std::vector<std::uint64_t>> all;
  for (int run = 0; run < runs; ++run) {
    std::vector<std::uint64_t> counters(library->counterCount());
    if (auto done = library->runCounting(inputs.data(), outputs.data(), counters); !done)
      throw Failure{done.error().message};
    counters.resize(library->kernels().size());
    all.push_back(std::move(counters));
  }
  return all;
}

} // namespace ninc
