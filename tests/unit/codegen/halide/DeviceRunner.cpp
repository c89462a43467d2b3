#include "tests/unit/codegen/halide/DeviceRunner.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>

#include "runtime/device/opencl_api.h"
#include "support/Half.h"
#include "tests/unit/codegen/halide/GuardedMemory.h"
#include "tests/unit/codegen/halide/KernelRunner.h"

namespace ninc {

namespace {

// OpenCL device 0, the source of one kernel built for it, and a run of its launches.
class Device {
public:
  Device() = default;
  Device(const Device &) = delete;
  Device &operator=(const Device &) = delete;
  ~Device() {
    for (cl_kernel entry : entries_)
      api_.ReleaseKernel(entry);
    if (program_) api_.ReleaseProgram(program_);
    if (queue_) api_.ReleaseCommandQueue(queue_);
    if (context_) api_.ReleaseContext(context_);
    ninc_opencl_close(&api_);
  }

  Result<void> open() {
    if (const char *why = ninc_opencl_open(&api_)) return fail(why);
    const char *function = "";
    cl_int code = ninc_opencl_device(&api_, 0, &device_, &function);
    if (code != CL_SUCCESS) return failed(function, code);
    context_ = api_.CreateContext(nullptr, 1, &device_, nullptr, nullptr, &code);
    if (code != CL_SUCCESS) return failed("clCreateContext", code);
    queue_ = api_.CreateCommandQueue(context_, device_, 0, &code);
    if (code != CL_SUCCESS) return failed("clCreateCommandQueue", code);
    return {};
  }

  bool isCpu() const {
    cl_device_type type = 0;
    return api_.GetDeviceInfo(device_, CL_DEVICE_TYPE, sizeof type, &type, nullptr) == CL_SUCCESS &&
           (type & CL_DEVICE_TYPE_CPU);
  }

  Result<void> build(const Kernel &kernel) {
    const auto *source = reinterpret_cast<const char *>(kernel.object.data());
    const std::size_t bytes = kernel.object.size();
    cl_int code = CL_SUCCESS;
    program_ = api_.CreateProgramWithSource(context_, 1, &source, &bytes, &code);
    if (code != CL_SUCCESS) return failed("clCreateProgramWithSource", code);
    code = api_.BuildProgram(program_, 1, &device_, "", nullptr, nullptr);
    if (code != CL_SUCCESS) return failed("clBuildProgram", code);
    for (const Launch &launch : kernel.launches) {
      cl_kernel entry = api_.CreateKernel(program_, launch.entry.c_str(), &code);
      if (code != CL_SUCCESS) return failed("clCreateKernel", code);
      entries_.push_back(entry);
    }
    return {};
  }

  // The kernel's arguments where they lie in memory; afterwards that holds what they have become.
  Result<void> run(const Kernel &kernel, const std::vector<GuardedMemory> &arguments) {
    const Buffers buffers(api_, context_, arguments);
    if (buffers.code != CL_SUCCESS) return failed("clCreateBuffer", buffers.code);
    for (std::size_t i = 0; i < kernel.launches.size(); ++i)
      if (cl_int code = enqueue(entries_[i], kernel.launches[i], buffers.made); code != CL_SUCCESS)
        return failed(kernel.launches[i].entry, code);
    if (cl_int code = api_.Finish(queue_); code != CL_SUCCESS) return failed("clFinish", code);
    for (std::size_t i = 0; i < arguments.size(); ++i)
      if (cl_int code = api_.EnqueueReadBuffer(queue_, buffers.made[i], CL_TRUE, 0, arguments[i].size(),
                                               arguments[i].data(), 0, nullptr, nullptr);
          code != CL_SUCCESS)
        return failed("clEnqueueReadBuffer", code);
    return {};
  }

private:
  // A CPU's driver uses the memory where it is, guards and all; others copy it.
  struct Buffers {
    Buffers(const ninc_opencl_api &driver, cl_context context, const std::vector<GuardedMemory> &arguments)
        : api(driver) {
      for (const GuardedMemory &memory : arguments) {
        cl_mem buffer = api.CreateBuffer(context, CL_MEM_READ_WRITE | CL_MEM_USE_HOST_PTR, memory.size(),
                                         memory.data(), &code);
        if (code != CL_SUCCESS) return;
        made.push_back(buffer);
      }
    }
    Buffers(const Buffers &) = delete;
    Buffers &operator=(const Buffers &) = delete;
    ~Buffers() {
      for (cl_mem buffer : made)
        api.ReleaseMemObject(buffer);
    }

    const ninc_opencl_api &api;
    std::vector<cl_mem> made;
    cl_int code = CL_SUCCESS;
  };

  cl_int enqueue(cl_kernel entry, const Launch &launch, const std::vector<cl_mem> &buffers) {
    cl_uint position = 0;
    for (const std::size_t argument : launch.arguments)
      if (cl_int code = api_.SetKernelArg(entry, position++, sizeof(cl_mem), &buffers.at(argument));
          code != CL_SUCCESS)
        return code;
    const std::size_t shared = std::max<std::size_t>(1, static_cast<std::size_t>(launch.sharedBytes));
    if (cl_int code = api_.SetKernelArg(entry, position, shared, nullptr); code != CL_SUCCESS) return code;
    std::size_t global[3], local[3];
    for (std::size_t i = 0; i < 3; ++i) {
      local[i] = static_cast<std::size_t>(launch.threads[i]);
      global[i] = local[i] * static_cast<std::size_t>(launch.blocks[i]);
    }
    return api_.EnqueueNDRangeKernel(queue_, entry, 3, nullptr, global, local, 0, nullptr, nullptr);
  }

  static tl::unexpected<Error> failed(std::string_view what, cl_int code) {
    return fail(fmt::format("{}: {} ({})", what, ninc_opencl_code_name(code), code));
  }

  ninc_opencl_api api_{};
  cl_device_id device_ = nullptr;
  cl_context context_ = nullptr;
  cl_command_queue queue_ = nullptr;
  cl_program program_ = nullptr;
  std::vector<cl_kernel> entries_; // one a launch
};

using Bytes = std::vector<std::byte>;

template <class T>
Bytes bytesIn(const std::vector<T> &numbers) {
  const auto *begin = reinterpret_cast<const std::byte *>(numbers.data());
  return {begin, begin + numbers.size() * sizeof(T)};
}

// A value as it lies in memory, image by image.
Bytes arranged(const Tensor &tensor, const TensorType &type, std::int64_t images) {
  if (isAsApplicationsHave(type)) return applicationsMemory(type, tensor.data);
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

Tensor readBack(const GuardedMemory &memory, const TensorType &type, std::int64_t images) {
  Tensor tensor{type.shape, std::vector<float>(static_cast<std::size_t>(images * elementCount(type.shape)))};
  forEachElement(type, images, [&](std::size_t number, std::int64_t offset) {
    const std::byte *at = memory.data() + static_cast<std::size_t>(offset) * bytesOf(type.element);
    std::uint16_t half = 0;
    std::memcpy(&half, at, sizeof half);
    std::int64_t integer = 0;
    if (type.element == ElementType::f16)
      tensor.data[number] = fromHalf(half);
    else if (type.element == ElementType::i64)
      std::memcpy(&integer, at, sizeof integer), tensor.data[number] = static_cast<float>(integer);
    else
      std::memcpy(&tensor.data[number], at, sizeof(float));
  });
  return tensor;
}

std::string nameOf(const KernelArgument &argument) {
  static constexpr const char *roles[] = {"input", "weights", "scratch", "result"};
  return fmt::format("{} {}", roles[static_cast<std::size_t>(argument.role)], argument.index);
}

} // namespace

std::string whyNoOpenCl() {
  static const std::string why = [] {
    const Result<void> opened = Device().open();
    return opened ? std::string() : opened.error().message;
  }();
  return why;
}

bool usesMemoryInPlace() {
  Device device;
  return device.open() && device.isCpu();
}

Result<std::vector<Tensor>> runOnDevice(const KernelSpec &spec, const Kernel &kernel,
                                        const std::vector<std::vector<float>> &weights,
                                        const std::vector<Tensor> &operands) {
  Device device;
  if (Result<void> opened = device.open(); !opened) return tl::unexpected(opened.error());
  if (Result<void> built = device.build(kernel); !built) return tl::unexpected(built.error());

  // What it holds before the run: its value, or what the kernel mustn't read.
  auto contents = [&](const KernelArgument &argument, std::byte filling) {
    switch (argument.role) {
    case ArgumentRole::input:
      return arranged(operands.at(argument.index), spec.inputs.at(argument.index),
                      spec.imagesOf(argument.index));
    case ArgumentRole::weights: {
      const std::vector<float> &numbers = weights.at(argument.index);
      return argument.element == ElementType::f16 ? bytesIn(toHalves(numbers)) : bytesIn(numbers);
    }
    case ArgumentRole::output:
      return Bytes(static_cast<std::size_t>(spec.images * byteCount(spec.outputs.at(argument.index))),
                   filling);
    case ArgumentRole::scratch:
      break;
    }
    return Bytes(static_cast<std::size_t>(argument.bytes()), filling);
  };
  auto run = [&](Edge edge, std::byte filling) -> Result<std::vector<Tensor>> {
    std::vector<GuardedMemory> memory;
    for (const KernelArgument &argument : kernel.arguments) {
      memory.emplace_back(nameOf(argument), contents(argument, filling), edge);
      if (static_cast<std::int64_t>(memory.back().size()) != argument.bytes())
        return fail(fmt::format("{} has {} bytes, the kernel is told {}", nameOf(argument),
                                memory.back().size(), argument.bytes()));
    }
    const GuardWatch watch(memory);
    if (Result<void> ran = device.run(kernel, memory); !ran) return tl::unexpected(ran.error());
    if (const std::optional<std::string> touched = watch.touched())
      return fail("the kernel touches " + *touched);
    std::vector<Tensor> results(spec.outputs.size());
    for (std::size_t i = 0; i < memory.size(); ++i)
      if (const KernelArgument &argument = kernel.arguments[i]; argument.role == ArgumentRole::output)
        results.at(argument.index) = readBack(memory[i], spec.outputs.at(argument.index), spec.images);
    return results;
  };

  // All bits set is a NaN of either type. The other filling is a large number, for what passes NaNs over.
  Result<std::vector<Tensor>> results = run(Edge::last, std::byte{0xff});
  if (!results) return results;
  const Result<std::vector<Tensor>> again = run(Edge::first, std::byte{0x77});
  if (!again) return again;
  for (std::size_t i = 0; i < results->size(); ++i)
    if (bytesIn((*results)[i].data) != bytesIn((*again)[i].data))
      return fail(fmt::format("result {} depends on what was in memory before, or where that lies", i));
  return results;
}

} // namespace ninc
