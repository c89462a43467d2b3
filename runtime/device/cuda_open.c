/* Making and freeing a CUDA device's half of a state: one step after the other, each on what the ones before
 * have made. */
#include "runtime/device/cuda_state.h"

#include <stdlib.h>

/* A fault leaves the context unusable, and every call in it gives the same code from then on. */
static int status_of(const struct ninc_cuda *cu, CUresult code, int otherwise) {
  switch (code) {
  case CUDA_ERROR_OUT_OF_MEMORY:
    return NINC_ERROR_DEVICE_MEMORY;
  case CUDA_ERROR_NO_DEVICE:
  case CUDA_ERROR_INVALID_DEVICE:
    return NINC_ERROR_NO_DEVICE;
  case CUDA_ERROR_NO_BINARY_FOR_GPU:
  case CUDA_ERROR_INVALID_PTX:
  case CUDA_ERROR_JIT_COMPILER_NOT_FOUND:
  case CUDA_ERROR_UNSUPPORTED_PTX_VERSION:
  case CUDA_ERROR_JIT_COMPILATION_DISABLED:
    return NINC_ERROR_DEVICE_BUILD;
  case CUDA_ERROR_DEINITIALIZED:
  case CUDA_ERROR_ECC_UNCORRECTABLE:
  case CUDA_ERROR_NVLINK_UNCORRECTABLE:
  case CUDA_ERROR_ILLEGAL_ADDRESS:
  case CUDA_ERROR_LAUNCH_TIMEOUT:
  case CUDA_ERROR_ASSERT:
    return NINC_ERROR_DEVICE_LOST;
  case CUDA_ERROR_INVALID_CONTEXT:
  case CUDA_ERROR_CONTEXT_IS_DESTROYED:
    return ninc_invalid_context(cu->plan);
  default:
    return code >= CUDA_ERROR_HARDWARE_STACK_ERROR && code <= CUDA_ERROR_LAUNCH_FAILED
               ? NINC_ERROR_DEVICE_LOST
               : otherwise;
  }
}

int ninc_cuda_check(const struct ninc_cuda *cu, const char *function, CUresult code) {
  if (code == CUDA_SUCCESS) return NINC_OK;
  return ninc_fail(cu->plan->message, status_of(cu, code, NINC_ERROR_DEVICE), "%s: %s (%d)", function,
                   ninc_cuda_code_name(&cu->api, code), code);
}

int ninc_cuda_kernel_failed(const struct ninc_cuda *cu, int otherwise, int32_t launch, const char *function,
                            CUresult code) {
  return ninc_fail(cu->plan->message, status_of(cu, code, otherwise), "kernel %s: %s: %s (%d)",
                   cu->plan->program->launches[launch].entry, function, ninc_cuda_code_name(&cu->api, code),
                   code);
}

static int kernel_failed(const struct ninc_cuda *cu, int32_t launch, const char *function, CUresult code) {
  return ninc_cuda_kernel_failed(cu, NINC_ERROR_DEVICE_BUILD, launch, function, code);
}

static int out_of_memory(const struct ninc_cuda *cu) {
  return ninc_fail(cu->plan->message, NINC_ERROR_MEMORY, "out of memory in this process");
}

static int open_library(struct ninc_cuda *cu) {
  const char *why = ninc_cuda_open(&cu->api);
  if (why) return ninc_fail(cu->plan->message, NINC_ERROR_NO_DRIVER, "CUDA can't be opened: %s", why);
  const CUresult code = cu->api.Init(0);
  if (code == CUDA_SUCCESS || code == CUDA_ERROR_NO_DEVICE) return ninc_cuda_check(cu, "cuInit", code);
  /* Another version than the kernel's module, a system that isn't ready, a stub: there is a library, but no
   * driver to be had. */
  return ninc_fail(cu->plan->message, NINC_ERROR_NO_DRIVER, "cuInit: %s (%d)",
                   ninc_cuda_code_name(&cu->api, code), code);
}

static int ask_version(struct ninc_cuda *cu) {
  int version = 0;
  const CUresult code = cu->api.DriverGetVersion(&version);
  cu->knows_ranges = version >= 10020;
  return ninc_cuda_check(cu, "cuDriverGetVersion", code);
}

static int allocate_tables(struct ninc_cuda *cu) {
  const struct ninc_device_program *program = cu->plan->program;
  const size_t n_events = (size_t)cu->plan->events, n_launches = (size_t)program->n_launches;
  size_t n_arguments = 0;
  for (size_t i = 0; i < n_launches; ++i)
    n_arguments += (size_t)program->launches[i].n_arguments;
  cu->modules = calloc((size_t)program->n_modules + 1, sizeof *cu->modules);
  cu->functions = calloc(n_launches + 1, sizeof *cu->functions);
  cu->addresses = calloc(n_arguments + 1, sizeof *cu->addresses);
  cu->parameters = calloc(n_arguments + 1, sizeof *cu->parameters);
  cu->first = calloc(n_launches + 1, sizeof *cu->first);
  cu->ended = calloc(n_events, sizeof *cu->ended);
  if (cu->plan->profiling) cu->begun = calloc(n_events, sizeof *cu->begun);
  return cu->modules && cu->functions && cu->addresses && cu->parameters && cu->first && cu->ended &&
                 (cu->begun || !cu->plan->profiling)
             ? NINC_OK
             : out_of_memory(cu);
}

static int choose_context(struct ninc_cuda *cu) {
  const ninc_device_options *options = cu->plan->options;
  if (options->context) {
    cu->context = options->context;
    return NINC_OK;
  }
  CUresult code = cu->api.DeviceGet(&cu->device, options->number);
  if (code == CUDA_ERROR_INVALID_DEVICE)
    return ninc_fail(cu->plan->message, NINC_ERROR_NO_DEVICE,
                     "there is no CUDA device %d: cuDeviceGet: %s (%d)", (int)options->number,
                     ninc_cuda_code_name(&cu->api, code), code);
  if (code != CUDA_SUCCESS) return ninc_cuda_check(cu, "cuDeviceGet", code);
  code = cu->api.DevicePrimaryCtxRetain(&cu->context, cu->device);
  cu->owns_context = code == CUDA_SUCCESS;
  return ninc_cuda_check(cu, "cuDevicePrimaryCtxRetain", code);
}

/* ---- From here on the context is current. ---- */

static int find_device(struct ninc_cuda *cu) {
  return cu->owns_context ? NINC_OK
                          : ninc_cuda_check(cu, "cuCtxGetDevice", cu->api.CtxGetDevice(&cu->device));
}

static int create_stream(struct ninc_cuda *cu) {
  return ninc_cuda_check(cu, "cuStreamCreate", cu->api.StreamCreate(&cu->stream, CU_STREAM_NON_BLOCKING));
}

static int create_events(struct ninc_cuda *cu) {
  const unsigned flags = cu->plan->profiling ? CU_EVENT_DEFAULT : CU_EVENT_DISABLE_TIMING;
  CUresult code = CUDA_SUCCESS;
  for (int32_t i = 0; i < cu->plan->events && code == CUDA_SUCCESS; ++i) {
    code = cu->api.EventCreate(&cu->ended[i], flags);
    if (code == CUDA_SUCCESS && cu->begun) code = cu->api.EventCreate(&cu->begun[i], flags);
  }
  return ninc_cuda_check(cu, "cuEventCreate", code);
}

static int allocate_memory(struct ninc_cuda *cu) {
  const struct ninc_device_program *program = cu->plan->program;
  CUresult code = cu->api.MemAlloc(&cu->arena, (size_t)cu->plan->arena_bytes);
  if (code == CUDA_SUCCESS) code = cu->api.MemAlloc(&cu->staging, (size_t)cu->plan->staging_bytes);
  if (code == CUDA_SUCCESS) code = cu->api.MemAlloc(&cu->weights, (size_t)cu->plan->weight_bytes);
  if (code != CUDA_SUCCESS) return ninc_cuda_check(cu, "cuMemAlloc", code);
  const size_t bytes = (size_t)program->half->weight_bytes;
  if (bytes == 0) return NINC_OK;
  code = cu->api.MemcpyHtoD(cu->weights, program->weights, bytes, cu->stream);
  if (code != CUDA_SUCCESS) return ninc_cuda_check(cu, "cuMemcpyHtoDAsync", code);
  return ninc_cuda_check(cu, "cuStreamSynchronize", cu->api.StreamSynchronize(cu->stream));
}

static int load_module(struct ninc_cuda *cu, int32_t number, char *log, size_t log_bytes) {
  int options[] = {CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES};
  void *values[] = {log, (void *)log_bytes};
  log[0] = 0;
  const CUresult code = cu->api.ModuleLoadDataEx(
      &cu->modules[number], cu->plan->program->modules[number].source, 2, options, values);
  if (code == CUDA_SUCCESS) return NINC_OK;
  const char *name = ninc_cuda_code_name(&cu->api, code);
  return ninc_fail(cu->plan->message, status_of(cu, code, NINC_ERROR_DEVICE_BUILD),
                   "cuModuleLoadDataEx: %s (%d)%s%s", name, code, log[0] ? ": " : "", log);
}

static int load_modules(struct ninc_cuda *cu) {
  const size_t log_bytes = sizeof cu->plan->message->text;
  char *log = malloc(log_bytes);
  if (!log) return out_of_memory(cu);
  int status = NINC_OK;
  for (int32_t i = 0; i < cu->plan->program->n_modules && status == NINC_OK; ++i)
    status = load_module(cu, i, log, log_bytes);
  free(log);
  return status;
}

/* Says at create what would fail, with fewer words, at the first run; and asks for what a kernel gets only on
 * demand: more shared memory than every device has. */
static int check_limits(struct ninc_cuda *cu, int32_t number) {
  enum { always_shared_bytes = 48 << 10 };
  const struct ninc_device_launch *launch = &cu->plan->program->launches[number];
  CUfunction function = cu->functions[number];
  int most_threads = 0, static_bytes = 0, most_shared_bytes = 0;
  CUresult code = cu->api.FuncGetAttribute(&most_threads, CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK, function);
  if (code == CUDA_SUCCESS)
    code = cu->api.FuncGetAttribute(&static_bytes, CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES, function);
  if (code != CUDA_SUCCESS) return kernel_failed(cu, number, "cuFuncGetAttribute", code);

  const uint64_t threads = (uint64_t)launch->threads[0] * launch->threads[1] * launch->threads[2];
  if (threads > (uint64_t)most_threads)
    return ninc_fail(cu->plan->message, NINC_ERROR_DEVICE_BUILD,
                     "kernel %s needs %llu threads a block, the device has at most %d for it", launch->entry,
                     (unsigned long long)threads, most_threads);

  const int shared_bytes = static_bytes + launch->shared_bytes;
  if (shared_bytes <= always_shared_bytes) return NINC_OK;
  code = cu->api.DeviceGetAttribute(&most_shared_bytes, CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN,
                                    cu->device);
  if (code != CUDA_SUCCESS) return ninc_cuda_check(cu, "cuDeviceGetAttribute", code);
  if (shared_bytes > most_shared_bytes)
    return ninc_fail(cu->plan->message, NINC_ERROR_DEVICE_BUILD,
                     "kernel %s needs %d bytes of shared memory a block, the device has %d", launch->entry,
                     shared_bytes, most_shared_bytes);
  code = cu->api.FuncSetAttribute(function, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
                                  launch->shared_bytes);
  return code == CUDA_SUCCESS ? NINC_OK : kernel_failed(cu, number, "cuFuncSetAttribute", code);
}

static CUdeviceptr address_of(const struct ninc_cuda *cu, const struct ninc_device_argument *argument) {
  const int32_t slot = ninc_slot_of(cu->plan, argument);
  if (slot >= 0) return ninc_cuda_staging(cu, slot);
  return (argument->base == NINC_BASE_ARENA ? cu->arena : cu->weights) + (CUdeviceptr)argument->offset;
}

static int find_functions(struct ninc_cuda *cu) {
  const struct ninc_device_program *program = cu->plan->program;
  int32_t argument = 0;
  for (int32_t i = 0; i < program->n_launches; ++i) {
    const struct ninc_device_launch *launch = &program->launches[i];
    const CUresult code =
        cu->api.ModuleGetFunction(&cu->functions[i], cu->modules[launch->module], launch->entry);
    if (code != CUDA_SUCCESS) return kernel_failed(cu, i, "cuModuleGetFunction", code);
    const int status = check_limits(cu, i);
    if (status != NINC_OK) return status;
    cu->first[i] = argument;
    for (int32_t a = 0; a < launch->n_arguments; ++a, ++argument) {
      cu->addresses[argument] = address_of(cu, &launch->arguments[a]);
      cu->parameters[argument] = &cu->addresses[argument];
    }
  }
  return NINC_OK;
}

static int run_steps(struct ninc_cuda *cu, int (*const *steps)(struct ninc_cuda *), size_t count) {
  int status = NINC_OK;
  for (size_t i = 0; i < count && status == NINC_OK; ++i)
    status = steps[i](cu);
  return status;
}

static int open_device(struct ninc_cuda *cu) {
  static int (*const outside[])(struct ninc_cuda *) = {open_library, ask_version, allocate_tables,
                                                       choose_context};
  static int (*const inside[])(struct ninc_cuda *) = {find_device,     create_stream, create_events,
                                                      allocate_memory, load_modules,  find_functions};
  int status = run_steps(cu, outside, sizeof outside / sizeof *outside);
  if (status != NINC_OK) return status;
  status = ninc_cuda_check(cu, "cuCtxPushCurrent", cu->api.CtxPushCurrent(cu->context));
  if (status != NINC_OK) return status;
  status = run_steps(cu, inside, sizeof inside / sizeof *inside);
  CUcontext popped;
  const CUresult code = cu->api.CtxPopCurrent(&popped);
  return status != NINC_OK ? status : ninc_cuda_check(cu, "cuCtxPopCurrent", code);
}

int ninc_cuda_create(const struct ninc_device_plan *plan, void **self) {
  struct ninc_cuda *cu = calloc(1, sizeof *cu);
  if (!cu) return ninc_fail(plan->message, NINC_ERROR_MEMORY, "out of memory in this process");
  cu->plan = plan;
  const int status = open_device(cu);
  if (status == NINC_OK)
    *self = cu;
  else
    ninc_cuda_destroy(cu);
  return status;
}

static void free_in_context(struct ninc_cuda *cu) {
  for (int32_t i = 0; i < cu->plan->events; ++i) {
    if (cu->ended[i]) cu->api.EventDestroy(cu->ended[i]);
    if (cu->begun && cu->begun[i]) cu->api.EventDestroy(cu->begun[i]);
  }
  for (int32_t i = 0; i < cu->plan->program->n_modules; ++i)
    if (cu->modules[i]) cu->api.ModuleUnload(cu->modules[i]);
  if (cu->arena) cu->api.MemFree(cu->arena);
  if (cu->staging) cu->api.MemFree(cu->staging);
  if (cu->weights) cu->api.MemFree(cu->weights);
  if (cu->stream) cu->api.StreamDestroy(cu->stream);
}

/* However far `open` has come. A context that can't be made current is gone, and all that was in it. */
void ninc_cuda_destroy(void *self) {
  struct ninc_cuda *cu = self;
  if (cu->context && cu->api.CtxPushCurrent(cu->context) == CUDA_SUCCESS) {
    free_in_context(cu);
    CUcontext popped;
    cu->api.CtxPopCurrent(&popped);
  }
  if (cu->owns_context) cu->api.DevicePrimaryCtxRelease(cu->device);
  ninc_cuda_close(&cu->api);
  free(cu->modules);
  free(cu->functions);
  free(cu->addresses);
  free(cu->parameters);
  free(cu->first);
  free(cu->begun);
  free(cu->ended);
  free(cu);
}
