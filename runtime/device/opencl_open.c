/* Making and freeing an OpenCL device's half of a state: one step after the other, each on what the ones
 * before have made. */
#include "runtime/device/opencl_state.h"

#include <stdlib.h>

/* What a code means; `otherwise` for most of them. Drivers that have lost a device say CL_OUT_OF_RESOURCES to
 * those who wait, and call objects invalid that were not. */
static int status_of(const struct ninc_opencl *cl, cl_int code, int otherwise) {
  switch (code) {
  case CL_OUT_OF_RESOURCES:
    return otherwise == NINC_ERROR_DEVICE_LOST ? NINC_ERROR_DEVICE_LOST : NINC_ERROR_DEVICE_MEMORY;
  case CL_MEM_OBJECT_ALLOCATION_FAILURE:
  case CL_OUT_OF_HOST_MEMORY:
  case CL_INVALID_BUFFER_SIZE:
    return NINC_ERROR_DEVICE_MEMORY;
  case CL_DEVICE_NOT_AVAILABLE:
  case CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST:
    return NINC_ERROR_DEVICE_LOST;
  case CL_INVALID_CONTEXT:
  case CL_INVALID_COMMAND_QUEUE:
  case CL_INVALID_DEVICE:
    return ninc_invalid_context(cl->plan);
  default:
    /* Codes outside the standard are vendors' words for faults (NVIDIA's -9999: an illegal access). */
    return code < -1100 ? NINC_ERROR_DEVICE_LOST : otherwise;
  }
}

int ninc_opencl_failed(const struct ninc_opencl *cl, int otherwise, const char *function, cl_int code) {
  return ninc_fail(cl->plan->message, status_of(cl, code, otherwise), "%s: %s (%d)", function,
                   ninc_opencl_code_name(code), (int)code);
}

int ninc_opencl_kernel_failed(const struct ninc_opencl *cl, int otherwise, int32_t launch,
                              const char *function, cl_int code) {
  return ninc_fail(cl->plan->message, status_of(cl, code, otherwise), "kernel %s: %s: %s (%d)",
                   cl->plan->program->launches[launch].entry, function, ninc_opencl_code_name(code),
                   (int)code);
}

static int out_of_memory(const struct ninc_opencl *cl) {
  return ninc_fail(cl->plan->message, NINC_ERROR_MEMORY, "out of memory in this process");
}

static int open_library(struct ninc_opencl *cl) {
  const char *why = ninc_opencl_open(&cl->api);
  if (why) return ninc_fail(cl->plan->message, NINC_ERROR_NO_DRIVER, "OpenCL can't be opened: %s", why);
  return NINC_OK;
}

static int allocate_tables(struct ninc_opencl *cl) {
  const struct ninc_device_program *program = cl->plan->program;
  const size_t n_slots = (size_t)cl->plan->n_slots;
  size_t n_arguments = 0;
  for (int32_t i = 0; i < program->n_launches; ++i)
    n_arguments += (size_t)program->launches[i].n_arguments;
  cl->programs = calloc((size_t)program->n_modules + 1, sizeof *cl->programs);
  cl->kernels = calloc((size_t)program->n_launches + 1, sizeof *cl->kernels);
  cl->parts = calloc(n_arguments + 1, sizeof *cl->parts);
  cl->slots = calloc(n_slots, sizeof *cl->slots);
  cl->borrowed = calloc(n_slots, sizeof *cl->borrowed);
  cl->foreign = calloc(n_slots, sizeof *cl->foreign);
  cl->events = calloc((size_t)cl->plan->events, sizeof *cl->events);
  return cl->programs && cl->kernels && cl->parts && cl->slots && cl->borrowed && cl->foreign && cl->events
             ? NINC_OK
             : out_of_memory(cl);
}

static int choose_device(struct ninc_opencl *cl) {
  const ninc_device_options *options = cl->plan->options;
  if (options->context) {
    if (!options->device)
      return ninc_fail(cl->plan->message, NINC_ERROR_NULL_ARGUMENT, "a context is given, but not its device");
    cl->context = options->context;
    cl->device = options->device;
    return NINC_OK;
  }
  const char *function = "";
  cl_int code = ninc_opencl_device(&cl->api, options->number, &cl->device, &function);
  if (code == NINC_OPENCL_NO_PLATFORM)
    return ninc_fail(cl->plan->message, NINC_ERROR_NO_DEVICE, "no OpenCL platform is installed (%s: %d)",
                     function, (int)code);
  if (code != CL_SUCCESS)
    return ninc_fail(cl->plan->message, NINC_ERROR_NO_DEVICE, "there is no OpenCL device %d: %s: %s (%d)",
                     (int)options->number, function, ninc_opencl_code_name(code), (int)code);
  cl->context = cl->api.CreateContext(NULL, 1, &cl->device, NULL, NULL, &code);
  if (code != CL_SUCCESS) return ninc_opencl_failed(cl, NINC_ERROR_DEVICE, "clCreateContext", code);
  cl->owns_context = 1;
  return NINC_OK;
}

static int create_queue(struct ninc_opencl *cl) {
  cl_int code;
  cl->queue = cl->api.CreateCommandQueue(cl->context, cl->device,
                                         cl->plan->profiling ? CL_QUEUE_PROFILING_ENABLE : 0, &code);
  return code == CL_SUCCESS ? NINC_OK
                            : ninc_opencl_failed(cl, NINC_ERROR_DEVICE, "clCreateCommandQueue", code);
}

/* What the device says that it allows at once only explains a failure: some allow more. */
static int allocate(struct ninc_opencl *cl, cl_mem_flags flags, int64_t bytes, cl_mem *memory) {
  cl_int code;
  cl_mem made = cl->api.CreateBuffer(cl->context, flags, (size_t)bytes, NULL, &code);
  if (code == CL_SUCCESS) {
    *memory = made;
    return NINC_OK;
  }
  cl_ulong most = 0;
  if (cl->api.GetDeviceInfo(cl->device, CL_DEVICE_MAX_MEM_ALLOC_SIZE, sizeof most, &most, NULL) ==
          CL_SUCCESS &&
      (cl_ulong)bytes > most)
    return ninc_fail(cl->plan->message, status_of(cl, code, NINC_ERROR_DEVICE),
                     "clCreateBuffer: %s (%d): %lld bytes at once, the device allows %llu",
                     ninc_opencl_code_name(code), (int)code, (long long)bytes, (unsigned long long)most);
  return ninc_opencl_failed(cl, NINC_ERROR_DEVICE, "clCreateBuffer", code);
}

static int allocate_memory(struct ninc_opencl *cl) {
  const struct ninc_device_plan *plan = cl->plan;
  cl_uint bits = 0;
  cl_int code = cl->api.GetDeviceInfo(cl->device, CL_DEVICE_MEM_BASE_ADDR_ALIGN, sizeof bits, &bits, NULL);
  if (code != CL_SUCCESS) return ninc_opencl_failed(cl, NINC_ERROR_DEVICE, "clGetDeviceInfo", code);
  if (bits / 8 > NINC_DEVICE_ALIGNMENT)
    return ninc_fail(plan->message, NINC_ERROR_DEVICE,
                     "the device wants sub-buffers aligned to %u bytes, and ninc gives it %d", bits / 8,
                     NINC_DEVICE_ALIGNMENT);
  cl_device_type type = 0;
  code = cl->api.GetDeviceInfo(cl->device, CL_DEVICE_TYPE, sizeof type, &type, NULL);
  if (code != CL_SUCCESS) return ninc_opencl_failed(cl, NINC_ERROR_DEVICE, "clGetDeviceInfo", code);
  /* A CPU's memory is the host's in any case; asked for in this way it is there at once. PoCL otherwise
   * allocates at the first use, and aborts the process where there is none. */
  const cl_mem_flags now = type & CL_DEVICE_TYPE_CPU ? CL_MEM_ALLOC_HOST_PTR : 0;
  int status = allocate(cl, CL_MEM_READ_WRITE | now, plan->arena_bytes, &cl->arena);
  if (status == NINC_OK) status = allocate(cl, CL_MEM_READ_WRITE | now, plan->staging_bytes, &cl->staging);
  if (status == NINC_OK) status = allocate(cl, CL_MEM_READ_ONLY | now, plan->weight_bytes, &cl->weights);
  if (status != NINC_OK) return status;

  const size_t bytes = (size_t)plan->program->half->weight_bytes;
  if (bytes == 0) return NINC_OK;
  code = cl->api.EnqueueWriteBuffer(cl->queue, cl->weights, CL_TRUE, 0, bytes, plan->program->weights, 0,
                                    NULL, NULL);
  return code == CL_SUCCESS ? NINC_OK
                            : ninc_opencl_failed(cl, NINC_ERROR_DEVICE, "clEnqueueWriteBuffer", code);
}

int ninc_opencl_sub_buffer(struct ninc_opencl *cl, cl_mem memory, int64_t offset, int64_t bytes,
                           cl_mem *result) {
  const cl_buffer_region region = {(size_t)offset, bytes > 0 ? (size_t)bytes : 1};
  cl_int code;
  cl_mem made = cl->api.CreateSubBuffer(memory, 0, CL_BUFFER_CREATE_TYPE_REGION, &region, &code);
  if (code == CL_MISALIGNED_SUB_BUFFER_OFFSET)
    return ninc_opencl_failed(cl, NINC_ERROR_MISALIGNED, "clCreateSubBuffer", code);
  if (code != CL_SUCCESS) return ninc_opencl_failed(cl, NINC_ERROR_DEVICE, "clCreateSubBuffer", code);
  *result = made;
  return NINC_OK;
}

static int create_slots(struct ninc_opencl *cl) {
  int status = NINC_OK;
  for (int32_t i = 0; i < cl->plan->n_slots && status == NINC_OK; ++i)
    status = ninc_opencl_sub_buffer(cl, cl->staging, cl->plan->slots[i].offset, cl->plan->slots[i].bytes,
                                    &cl->slots[i]);
  return status;
}

static int build_failed(struct ninc_opencl *cl, cl_program program, cl_int code) {
  size_t bytes = 0;
  char *log = NULL;
  if (cl->api.GetProgramBuildInfo(program, cl->device, CL_PROGRAM_BUILD_LOG, 0, NULL, &bytes) == CL_SUCCESS)
    log = calloc(bytes + 1, 1);
  if (log &&
      cl->api.GetProgramBuildInfo(program, cl->device, CL_PROGRAM_BUILD_LOG, bytes, log, NULL) == CL_SUCCESS)
    ninc_fail(cl->plan->message, NINC_ERROR_DEVICE_BUILD, "clBuildProgram: %s (%d): %s",
              ninc_opencl_code_name(code), (int)code, log);
  free(log);
  return ninc_opencl_failed(cl, NINC_ERROR_DEVICE_BUILD, "clBuildProgram", code);
}

/* Division and square root round as on a CPU where the device can: OpenCL alone wants 2.5 and 3 ulp. Where it
 * can't, to ask for it is an error. */
static int choose_build_options(struct ninc_opencl *cl, const char **options) {
  cl_device_fp_config can = 0;
  const cl_int code = cl->api.GetDeviceInfo(cl->device, CL_DEVICE_SINGLE_FP_CONFIG, sizeof can, &can, NULL);
  if (code != CL_SUCCESS) return ninc_opencl_failed(cl, NINC_ERROR_DEVICE, "clGetDeviceInfo", code);
  *options = can & CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT ? "-cl-fp32-correctly-rounded-divide-sqrt" : "";
  return NINC_OK;
}

static int build_programs(struct ninc_opencl *cl) {
  const struct ninc_device_program *program = cl->plan->program;
  const char *options = "";
  const int status = choose_build_options(cl, &options);
  if (status != NINC_OK) return status;
  for (int32_t i = 0; i < program->n_modules; ++i) {
    const char *source = program->modules[i].source;
    const size_t bytes = (size_t)program->modules[i].bytes;
    cl_int code;
    cl->programs[i] = cl->api.CreateProgramWithSource(cl->context, 1, &source, &bytes, &code);
    if (code != CL_SUCCESS)
      return ninc_opencl_failed(cl, NINC_ERROR_DEVICE_BUILD, "clCreateProgramWithSource", code);
    code = cl->api.BuildProgram(cl->programs[i], 1, &cl->device, options, NULL, NULL);
    if (code != CL_SUCCESS) return build_failed(cl, cl->programs[i], code);
  }
  return NINC_OK;
}

/* The sub-buffer for an argument in the arena or the weights. */
static int part_for(struct ninc_opencl *cl, const struct ninc_device_argument *argument, cl_mem *memory) {
  for (int32_t i = 0; i < cl->n_parts; ++i) {
    const struct ninc_opencl_part *part = &cl->parts[i];
    if (part->base == argument->base && part->offset == argument->offset && part->bytes == argument->bytes) {
      *memory = part->memory;
      return NINC_OK;
    }
  }
  struct ninc_opencl_part *part = &cl->parts[cl->n_parts];
  *part = (struct ninc_opencl_part){argument->base, argument->offset, argument->bytes, NULL};
  const int status = ninc_opencl_sub_buffer(cl, argument->base == NINC_BASE_ARENA ? cl->arena : cl->weights,
                                            argument->offset, argument->bytes, &part->memory);
  if (status != NINC_OK) return status;
  ++cl->n_parts;
  *memory = part->memory;
  return NINC_OK;
}

int ninc_opencl_set_memory(struct ninc_opencl *cl, int32_t launch, int32_t argument, cl_mem memory) {
  const cl_int code = cl->api.SetKernelArg(cl->kernels[launch], (cl_uint)argument, sizeof memory, &memory);
  return code == CL_SUCCESS
             ? NINC_OK
             : ninc_opencl_kernel_failed(cl, NINC_ERROR_DEVICE, launch, "clSetKernelArg", code);
}

/* Says at create what would fail, with fewer words, at the first run. */
static int check_limits(struct ninc_opencl *cl, int32_t number) {
  const struct ninc_device_launch *launch = &cl->plan->program->launches[number];
  size_t most_threads = 0;
  cl_ulong local_bytes = 0, most_local_bytes = 0;
  cl_int code = cl->api.GetKernelWorkGroupInfo(cl->kernels[number], cl->device, CL_KERNEL_WORK_GROUP_SIZE,
                                               sizeof most_threads, &most_threads, NULL);
  if (code == CL_SUCCESS)
    code = cl->api.GetKernelWorkGroupInfo(cl->kernels[number], cl->device, CL_KERNEL_LOCAL_MEM_SIZE,
                                          sizeof local_bytes, &local_bytes, NULL);
  if (code != CL_SUCCESS)
    return ninc_opencl_kernel_failed(cl, NINC_ERROR_DEVICE_BUILD, number, "clGetKernelWorkGroupInfo", code);
  code = cl->api.GetDeviceInfo(cl->device, CL_DEVICE_LOCAL_MEM_SIZE, sizeof most_local_bytes,
                               &most_local_bytes, NULL);
  if (code != CL_SUCCESS) return ninc_opencl_failed(cl, NINC_ERROR_DEVICE, "clGetDeviceInfo", code);

  const size_t threads = (size_t)launch->threads[0] * launch->threads[1] * launch->threads[2];
  if (threads > most_threads)
    return ninc_fail(cl->plan->message, NINC_ERROR_DEVICE_BUILD,
                     "kernel %s needs %zu threads a block, the device has at most %zu for it", launch->entry,
                     threads, most_threads);
  /* Not every driver counts what is given by an argument. */
  if (local_bytes < (cl_ulong)launch->shared_bytes) local_bytes = (cl_ulong)launch->shared_bytes;
  if (local_bytes > most_local_bytes)
    return ninc_fail(cl->plan->message, NINC_ERROR_DEVICE_BUILD,
                     "kernel %s needs %llu bytes of local memory, the device has %llu", launch->entry,
                     (unsigned long long)local_bytes, (unsigned long long)most_local_bytes);
  return NINC_OK;
}

static int create_kernel(struct ninc_opencl *cl, int32_t number) {
  const struct ninc_device_launch *launch = &cl->plan->program->launches[number];
  cl_int code;
  cl->kernels[number] = cl->api.CreateKernel(cl->programs[launch->module], launch->entry, &code);
  if (code != CL_SUCCESS)
    return ninc_opencl_kernel_failed(cl, NINC_ERROR_DEVICE_BUILD, number, "clCreateKernel", code);
  for (int32_t a = 0; a < launch->n_arguments; ++a) {
    const int32_t slot = ninc_slot_of(cl->plan, &launch->arguments[a]);
    cl_mem memory = slot >= 0 ? cl->slots[slot] : NULL;
    int status = slot >= 0 ? NINC_OK : part_for(cl, &launch->arguments[a], &memory);
    if (status == NINC_OK) status = ninc_opencl_set_memory(cl, number, a, memory);
    if (status != NINC_OK) return status;
  }
  const size_t local_bytes = launch->shared_bytes > 0 ? (size_t)launch->shared_bytes : 1;
  code = cl->api.SetKernelArg(cl->kernels[number], (cl_uint)launch->n_arguments, local_bytes, NULL);
  if (code != CL_SUCCESS)
    return ninc_opencl_kernel_failed(cl, NINC_ERROR_DEVICE_BUILD, number, "clSetKernelArg", code);
  return check_limits(cl, number);
}

static int create_kernels(struct ninc_opencl *cl) {
  int status = NINC_OK;
  for (int32_t i = 0; i < cl->plan->program->n_launches && status == NINC_OK; ++i)
    status = create_kernel(cl, i);
  return status;
}

static void release_memory(struct ninc_opencl *cl, cl_mem memory) {
  if (memory) cl->api.ReleaseMemObject(memory);
}

/* However far `open` has come. */
void ninc_opencl_destroy(void *self) {
  struct ninc_opencl *cl = self;
  const struct ninc_device_program *program = cl->plan->program;
  for (int32_t i = 0; cl->events && i < cl->plan->events; ++i)
    if (cl->events[i]) cl->api.ReleaseEvent(cl->events[i]);
  for (int32_t i = 0; cl->kernels && i < program->n_launches; ++i)
    if (cl->kernels[i]) cl->api.ReleaseKernel(cl->kernels[i]);
  for (int32_t i = 0; cl->programs && i < program->n_modules; ++i)
    if (cl->programs[i]) cl->api.ReleaseProgram(cl->programs[i]);
  for (int32_t i = 0; i < cl->n_parts; ++i)
    release_memory(cl, cl->parts[i].memory);
  for (int32_t i = 0; cl->slots && i < cl->plan->n_slots; ++i)
    release_memory(cl, cl->slots[i]);
  release_memory(cl, cl->arena);
  release_memory(cl, cl->staging);
  release_memory(cl, cl->weights);
  if (cl->queue) cl->api.ReleaseCommandQueue(cl->queue);
  if (cl->owns_context) cl->api.ReleaseContext(cl->context);
  ninc_opencl_close(&cl->api);
  free(cl->programs);
  free(cl->kernels);
  free(cl->parts);
  free(cl->slots);
  free(cl->borrowed);
  free(cl->foreign);
  free(cl->events);
  free(cl);
}

int ninc_opencl_create(const struct ninc_device_plan *plan, void **self) {
  static int (*const steps[])(struct ninc_opencl *) = {open_library,   allocate_tables, choose_device,
                                                       create_queue,   allocate_memory, create_slots,
                                                       build_programs, create_kernels};
  struct ninc_opencl *cl = calloc(1, sizeof *cl);
  if (!cl) return ninc_fail(plan->message, NINC_ERROR_MEMORY, "out of memory in this process");
  cl->plan = plan;
  int status = NINC_OK;
  for (size_t i = 0; i < sizeof steps / sizeof *steps && status == NINC_OK; ++i)
    status = steps[i](cl);
  if (status == NINC_OK)
    *self = cl;
  else
    ninc_opencl_destroy(cl);
  return status;
}
