#include "tests/unit/codegen/halide/KernelRunner.h"

#include <HalideRuntime.h>
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fmt/format.h>
#include <limits>
#include <llvm/ExecutionEngine/Orc/LLJIT.h>
#include <llvm/Object/ObjectFile.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/TargetSelect.h>
#include <map>

namespace ninc {

namespace {

// Floats with a guard on either side, starting at a multiple of 64 bytes, plus 4 if shifted, or 8 for
// integers, which are two floats each: the kernel contract promises no more for operands and results.
enum class Alignment { cacheLine, element, integer };

class GuardedBuffer {
public:
  GuardedBuffer(std::int64_t elements, Alignment alignment)
      : data_(static_cast<std::size_t>(elements) + 2 * guard + line, untouched()) {
    const std::size_t misplaced = reinterpret_cast<std::uintptr_t>(data_.data()) / sizeof(float) % line;
    begin_ = guard + (line - misplaced) % line + static_cast<std::size_t>(alignment);
    end_ = begin_ + static_cast<std::size_t>(elements);
    std::fill(data_.data() + begin_, data_.data() + end_, std::numeric_limits<float>::quiet_NaN());
  }

  float *data() { return data_.data() + begin_; }

  bool guardsHold() const {
    auto holds = [](float f) { return f == untouched(); };
    return std::all_of(data_.data(), data_.data() + begin_, holds) &&
           std::all_of(data_.data() + end_, data_.data() + data_.size(), holds);
  }

private:
  static constexpr std::size_t line = 16, guard = 256; // floats
  static float untouched() { return 12345.0f; }
  std::vector<float> data_;
  std::size_t begin_ = 0, end_ = 0;
};

// What a kernel calls, for one run in one thread. As in the runtime, pieces are rounded up to 128 bytes. A
// kernel that wants more than it has announced still gets it, since without assertions it would go on with a
// null pointer; that it did is remembered.
struct Worker {
  std::int64_t announced = 0, used = 0;
  bool exceeded = false;
  std::map<void *, std::int64_t> pieces;
};

void *give(void *context, std::size_t bytes) {
  auto *worker = static_cast<Worker *>(context);
  const std::size_t rounded = (bytes + 127) / 128 * 128;
  void *piece = std::aligned_alloc(128, rounded);
  std::memset(piece, 0xff, rounded); // NaN
  worker->pieces[piece] = static_cast<std::int64_t>(rounded);
  worker->used += static_cast<std::int64_t>(rounded);
  worker->exceeded = worker->exceeded || worker->used > worker->announced;
  return piece;
}

void takeBack(void *context, void *piece) {
  auto *worker = static_cast<Worker *>(context);
  if (!piece) return;
  worker->used -= worker->pieces.at(piece);
  worker->pieces.erase(piece);
  std::free(piece);
}

int runTasks(void *context, int (*task)(void *, int, std::uint8_t *), int first, int count,
             std::uint8_t *closure) {
  for (int i = first + count - 1; i >= first; --i)
    if (int status = task(context, i, closure)) return status;
  return 0;
}

std::string textOf(llvm::Error error) {
  return llvm::toString(std::move(error));
}

// Calls function(context, buffers...): kernels have two arguments for each convolution and some more.
template <std::size_t... I>
int callWith(void *function, void *context, const std::vector<halide_buffer_t *> &buffers,
             std::index_sequence<I...>) {
  using Function =
      int (*)(void *, decltype(static_cast<void>(I), static_cast<halide_buffer_t *>(nullptr))...);
  return reinterpret_cast<Function>(function)(context, buffers[I]...);
}

template <std::size_t... N>
int call(void *function, void *context, const std::vector<halide_buffer_t *> &buffers,
         std::index_sequence<N...>) {
  int status = -1;
  ((buffers.size() == N + 1
        ? (status = callWith(function, context, buffers, std::make_index_sequence<N + 1>()), 0)
        : 0),
   ...);
  return status;
}

std::unique_ptr<llvm::MemoryBuffer> bytesOf(const Kernel &kernel) {
  llvm::StringRef bytes(reinterpret_cast<const char *>(kernel.object.data()), kernel.object.size());
  return llvm::MemoryBuffer::getMemBufferCopy(bytes, kernel.symbol);
}

// The kernel's code, loaded; lives as long as this does.
struct LoadedKernel {
  std::unique_ptr<llvm::orc::LLJIT> jit;
  void *function = nullptr;
};

Result<LoadedKernel> load(const Kernel &kernel) {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  auto jit = llvm::orc::LLJITBuilder().create();
  if (!jit) return failInternal(textOf(jit.takeError()));
  llvm::orc::SymbolMap symbols;
  auto define = [&](const char *name, auto *function) {
    symbols[(*jit)->mangleAndIntern(name)] = {llvm::orc::ExecutorAddr::fromPtr(function),
                                              llvm::JITSymbolFlags::Exported};
  };
  define("halide_do_par_for", &runTasks);
  define("halide_malloc", &give);
  define("halide_free", &takeBack);
  define("memset", &std::memset);
  define("memcpy", &std::memcpy);
  define("memmove", &std::memmove);
  if (llvm::Error error = (*jit)->getMainJITDylib().define(llvm::orc::absoluteSymbols(std::move(symbols))))
    return failInternal(textOf(std::move(error)));
  if (llvm::Error error = (*jit)->addObjectFile(bytesOf(kernel)))
    return failInternal(textOf(std::move(error)));
  auto address = (*jit)->lookup(kernel.symbol);
  if (!address) return failInternal(textOf(address.takeError()));
  return LoadedKernel{std::move(*jit), address->toPtr<void *>()};
}

// What one call of a kernel reads and writes, each thing between guards of its own.
class KernelMemory {
public:
  KernelMemory(const KernelSpec &spec, const std::vector<std::vector<float>> &weights,
               const std::vector<Tensor> &operands, Memory memory)
      : spec_(spec), inPlace_(memory == Memory::inPlace) {
    for (std::size_t i = 0; i < operands.size(); ++i) {
      const TensorType &type = spec.inputs[i];
      const std::int64_t bytes = spec.images * byteCount(type);
      inputs_.emplace_back((bytes + 3) / 4, Alignment::element);
      if (isAsApplicationsHave(type)) {
        const std::vector<std::byte> bytesInMemory = applicationsMemory(type, operands[i].data);
        std::memcpy(inputs_.back().data(), bytesInMemory.data(), bytesInMemory.size());
        continue;
      }
      forEachElement(spec.inputs[i], spec.images, [&](std::size_t number, std::int64_t offset) {
        inputs_.back().data()[offset] = operands[i].data[number];
      });
    }
    for (const TensorType &type : spec.outputs)
      results_.emplace_back(spec.images * byteCount(type) / static_cast<std::int64_t>(sizeof(float)),
                            isInteger(type) ? Alignment::integer : Alignment::element);
    for (const std::vector<float> &numbers : weights) {
      packed_.emplace_back(static_cast<std::int64_t>(numbers.size()), Alignment::cacheLine);
      std::copy(numbers.begin(), numbers.end(), packed_.back().data());
    }
  }

  // Where an argument lies. Each region of scratch is by itself, so that none runs into its neighbour unseen.
  float *host(const KernelArgument &argument) {
    switch (argument.role) {
    case ArgumentRole::input:
      return inputs_.at(argument.index).data();
    case ArgumentRole::weights:
      return packed_.at(argument.index).data();
    case ArgumentRole::scratch:
      return scratch_.emplace_back((argument.bytes() + 3) / 4, Alignment::cacheLine).data();
    case ArgumentRole::output:
      return resultData(argument.index);
    }
    return nullptr;
  }

  bool guardsHold() const {
    for (const auto *group : {&inputs_, &results_, &packed_, &scratch_})
      if (!std::ranges::all_of(*group, &GuardedBuffer::guardsHold)) return false;
    return true;
  }

  std::vector<Tensor> results() {
    std::vector<Tensor> tensors;
    for (std::size_t i = 0; i < spec_.outputs.size(); ++i) {
      Tensor tensor{spec_.outputs[i].shape, {}};
      tensor.data.resize(static_cast<std::size_t>(spec_.images * elementCount(tensor.shape)));
      forEachElement(spec_.outputs[i], spec_.images, [&](std::size_t number, std::int64_t offset) {
        tensor.data[number] =
            isInteger(spec_.outputs[i]) ? integerAt(resultData(i), offset) : resultData(i)[offset];
      });
      tensors.push_back(std::move(tensor));
    }
    return tensors;
  }

private:
  static bool isInteger(const TensorType &type) { return type.element == ElementType::i64; }
  static float integerAt(const float *data, std::int64_t offset) {
    std::int64_t number = 0;
    std::memcpy(&number, data + 2 * offset, sizeof number);
    return static_cast<float>(number);
  }
  float *resultData(std::size_t i) { return inPlace_ && i == 0 ? inputs_[0].data() : results_[i].data(); }

  const KernelSpec &spec_;
  bool inPlace_;
  std::vector<GuardedBuffer> inputs_, results_, packed_, scratch_;
};

} // namespace

std::vector<std::byte> applicationsMemory(const TensorType &type, const std::vector<float> &numbers) {
  std::vector<std::byte> memory(numbers.size() * bytesOf(type.element));
  if (type.element == ElementType::u8)
    std::ranges::transform(numbers, memory.begin(),
                           [](float number) { return static_cast<std::byte>(number); });
  else
    std::memcpy(memory.data(), numbers.data(), memory.size());
  return memory;
}

Result<std::vector<Tensor>> runKernel(const KernelSpec &spec, const Kernel &kernel,
                                      const std::vector<std::vector<float>> &weights,
                                      const std::vector<Tensor> &operands, Memory memory) {
  Result<LoadedKernel> loaded = load(kernel);
  if (!loaded) return tl::unexpected(loaded.error());
  KernelMemory held(spec, weights, operands, memory);

  std::vector<halide_buffer_t> buffers(kernel.arguments.size());
  std::vector<std::vector<halide_dimension_t>> dimensions(kernel.arguments.size());
  std::vector<halide_buffer_t *> pointers;
  for (std::size_t i = 0; i < kernel.arguments.size(); ++i) {
    const KernelArgument &argument = kernel.arguments[i];
    for (const Dimension &d : argument.dimensions)
      dimensions[i].emplace_back(static_cast<int>(d.min), static_cast<int>(d.extent),
                                 static_cast<int>(d.stride));
    buffers[i].host = reinterpret_cast<std::uint8_t *>(held.host(argument));
    buffers[i].type = argument.element == ElementType::i64  ? halide_type_t(halide_type_int, 64)
                      : argument.element == ElementType::u8 ? halide_type_t(halide_type_uint, 8)
                                                            : halide_type_t(halide_type_float, 32);
    buffers[i].dimensions = static_cast<int>(dimensions[i].size());
    buffers[i].dim = dimensions[i].data();
    pointers.push_back(&buffers[i]);
  }

  Worker worker;
  worker.announced = kernel.scratchBytesPerThread;
  const int status = call(loaded->function, &worker, pointers, std::make_index_sequence<64>());
  if (worker.exceeded) return failInternal("the kernel takes more scratch a thread than it announced");
  if (!worker.pieces.empty()) return failInternal("the kernel keeps scratch that it took");
  if (status != 0) return failInternal(fmt::format("the kernel returned {}", status));
  if (!held.guardsHold()) return failInternal("the kernel wrote beyond a buffer");
  return held.results();
}

Result<std::set<std::string>> undefinedSymbols(const Kernel &kernel) {
  std::unique_ptr<llvm::MemoryBuffer> bytes = bytesOf(kernel);
  auto object = llvm::object::ObjectFile::createObjectFile(bytes->getMemBufferRef());
  if (!object) return failInternal(textOf(object.takeError()));
  std::set<std::string> undefined;
  for (const llvm::object::SymbolRef &symbol : (*object)->symbols()) {
    auto flags = symbol.getFlags();
    auto name = symbol.getName();
    if (!flags || !name) return failInternal("the object has a symbol that can't be read");
    if ((*flags & llvm::object::SymbolRef::SF_Undefined) && !name->empty()) undefined.insert(name->str());
  }
  return undefined;
}

} // namespace ninc
