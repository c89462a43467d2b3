#include "HandMadeModel.h"

#include <cstdint>
#include <cstring>

namespace ninc {

namespace {

const char scaleAndAdd[] = R"(
kernel void scale(global const float *a, global const float *w, global float *out, local char *unused) {
  int i = get_global_id(0);
  out[i] = a[i] * w[i];
}
kernel void add(global const float *a, global const float *b, global float *out, local char *unused) {
  int i = get_global_id(0);
  out[i] = a[i] + b[i];
}
)";
const char mirrorAndTwice[] = R"(
kernel void mirror(global const float *in, global float *out, local float *shared) {
  int i = get_global_id(0), l = get_local_id(0), n = get_local_size(0);
  shared[l] = in[i];
  barrier(CLK_LOCAL_MEM_FENCE);
  out[i] = shared[n - 1 - l];
}
kernel void twice(global const float *in, global float *out, local char *unused) {
  int i = get_global_id(0);
  out[i] = 2 * in[i];
}
)";
const char fakePtx[] = "fake ptx: scale add mirror twice";

constexpr int threads = 32, blocks = allFloats / threads;
constexpr std::int64_t bytes = allFloats * sizeof(float), sumOffset = 1024;

float weight(int i) {
  return static_cast<float>(i % 7) - 2.0f;
}

const unsigned char *weightBytes() {
  static const std::vector<float> weights = [] {
    std::vector<float> values;
    for (int i = 0; i < allFloats; ++i)
      values.push_back(weight(i));
    return values;
  }();
  return reinterpret_cast<const unsigned char *>(weights.data());
}

void compute(const float *a, const float *b, float *out0, float *out1) {
  for (int i = 0; i < allFloats; ++i) {
    const int mirrored = i / threads * threads + threads - 1 - i % threads;
    out0[mirrored] = a[i] * weight(i) + b[i];
    out1[mirrored] = 2 * out0[mirrored];
  }
}

int runOnCpu(int32_t number, int32_t images, const void *const *inputs, void *const *outputs, void *scratch,
             const ninc_executor *executor) {
  if (number != 0 || images != batch) return NINC_ERROR_SIZE;
  if (!inputs[0] || !inputs[1] || !outputs[0] || !outputs[1]) return NINC_ERROR_NULL_ARGUMENT;
  if (reinterpret_cast<std::uintptr_t>(scratch) % 64 != 0) return NINC_ERROR_MISALIGNED;
  const int threadsOfTeam = executor ? executor->threads : 1;
  std::memset(scratch, 1, static_cast<std::size_t>(100 + 128 * threadsOfTeam));
  compute(static_cast<const float *>(inputs[0]), static_cast<const float *>(inputs[1]),
          static_cast<float *>(outputs[0]), static_cast<float *>(outputs[1]));
  return NINC_OK;
}

ninc_executor *createTeam(int32_t size, int *status) {
  if (size > 8) {
    *status = NINC_ERROR_THREADS;
    return nullptr;
  }
  return new ninc_executor{nullptr, nullptr, size, nullptr};
}

void destroyTeam(ninc_executor *team) {
  delete team;
}

const std::int32_t intermediate[] = {-1}, output0[] = {0}, output1[] = {1}, launchesOfKernels[] = {1, 2, 1};

} // namespace

Tables::Tables() {
  for (const char *name : {"a", "b", "out0", "out1"})
    tensors.push_back({name, NINC_F32, 1, {imageFloats}, {1}, imageFloats * sizeof(float)});
  arguments = {{NINC_BASE_INPUT, 0, 0, bytes},         {NINC_BASE_WEIGHTS, 0, 0, bytes},
               {NINC_BASE_ARENA, 0, 0, bytes},         {NINC_BASE_ARENA, 0, 0, bytes},
               {NINC_BASE_INPUT, 1, 0, bytes},         {NINC_BASE_ARENA, 0, sumOffset, bytes}, //
               {NINC_BASE_ARENA, 0, sumOffset, bytes}, {NINC_BASE_OUTPUT, 0, 0, bytes},
               {NINC_BASE_OUTPUT, 0, 0, bytes},        {NINC_BASE_OUTPUT, 1, 0, bytes}};
  launches = {{"scale", 0, 0, {blocks, 1, 1}, {threads, 1, 1}, 0, 3, &arguments[0]},
              {"add", 0, 1, {blocks, 1, 1}, {threads, 1, 1}, 0, 3, &arguments[3]},
              {"mirror", 1, 1, {blocks, 1, 1}, {threads, 1, 1}, threads * sizeof(float), 2, &arguments[6]},
              {"twice", 1, 2, {blocks, 1, 1}, {threads, 1, 1}, 0, 2, &arguments[8]}};
  openclModules = {{scaleAndAdd, sizeof scaleAndAdd - 1}, {mirrorAndTwice, sizeof mirrorAndTwice - 1}};
  cudaModules = {{fakePtx, sizeof fakePtx - 1}, {fakePtx, sizeof fakePtx - 1}};
  for (const std::int32_t *result : {intermediate, output0, output1}) {
    ninc_kernel kernel = {};
    kernel.name = "kernel";
    kernel.n_results = 1;
    kernel.result_output = result;
    kernels.push_back(kernel);
  }
  halves = {{NINC_DEVICE_OPENCL, "opencl", NINC_F32, 0, 3, kernels.data(), launchesOfKernels,
             sumOffset + bytes, bytes},
            {NINC_DEVICE_CUDA, "sm_80", NINC_F32, 0, 3, kernels.data(), launchesOfKernels, sumOffset + bytes,
             bytes}};
  programs = {{&halves[0], 2, openclModules.data(), 4, launches.data(), weightBytes()},
              {&halves[1], 2, cudaModules.data(), 4, launches.data(), weightBytes()}};

  host.name = "hand_made";
  host.batch = batch;
  host.n_inputs = host.n_outputs = 2;
  host.inputs = &tensors[0];
  host.outputs = &tensors[2];
  size = {host.inputs, host.outputs, 0};
  host.n_sizes = 1;
  host.sizes = &size;
  host.scratch_bytes = 100;
  host.scratch_bytes_per_thread = 128;
  host.scratch_alignment = 64;
  host.supported = [] { return int{NINC_OK}; };
  host.run_batch = runOnCpu;
  host.strerror = [](int) { return "an error of the model"; };
  host.team_create = createTeam;
  host.team_destroy = destroyTeam;
  model = {&host, 2, programs.data()};
}

const ninc_device_model &handMadeModel() {
  static const Tables tables;
  return tables.model;
}

Values::Values(float seed) : out0(allFloats), out1(allFloats), expected0(allFloats), expected1(allFloats) {
  for (int i = 0; i < allFloats; ++i) {
    a.push_back(seed * static_cast<float>(i % 11));
    b.push_back(seed + static_cast<float>(i));
  }
  compute(a.data(), b.data(), expected0.data(), expected1.data());
}

void Values::forget() {
  out0.assign(allFloats, -1.0f);
  out1.assign(allFloats, -1.0f);
}

} // namespace ninc
