/* A model's half for a device as the host module (codegen/library/DeviceTables.cpp) lays it down in constant
 * data, and the functions that run it. The C interface's functions (M_create, M_destroy, ...) call these with
 * the model's tables.
 *
 * Drivers are opened at run time (opencl_api.h, cuda_api.h). Nothing here is global: a state owns all it
 * uses, so any number of models and states live in one process. From outside come only malloc, calloc, free,
 * memset, snprintf, vsnprintf, dlopen, dlsym, dlclose, dlerror, and for a lock (process_lock.h) open, flock,
 * close, nanosleep and errno. A run allocates nothing in this process; a buffer of the caller's
 * OpenCL memory with an offset costs an object of the driver's. */
#ifndef NINC_DEVICE_H
#define NINC_DEVICE_H

#include "runtime/ninc_devices.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Offsets of device arguments are multiples of this: what OpenCL devices ask of sub-buffers, at most. */
enum { NINC_DEVICE_ALIGNMENT = 512 };

enum ninc_device_base {
  NINC_BASE_INPUT = 0,
  NINC_BASE_OUTPUT = 1,
  NINC_BASE_ARENA = 2,
  NINC_BASE_WEIGHTS = 3
};

/* A buffer that a kernel gets. */
struct ninc_device_argument {
  int32_t base;   /* enum ninc_device_base */
  int32_t index;  /* input, output: its number */
  int64_t offset; /* arena, weights: bytes from its start, a multiple of NINC_DEVICE_ALIGNMENT */
  int64_t bytes;  /* that the kernel may touch */
};

/* One thing the device runs. */
struct ninc_device_launch {
  const char *entry;    /* the kernel's name in its module */
  int32_t module;       /* number of the module that has it */
  int32_t kernel;       /* number of the model's kernel it belongs to; launches are in order */
  uint32_t blocks[3];   /* work-groups along x, y, z */
  uint32_t threads[3];  /* work-items of each */
  int32_t shared_bytes; /* local (OpenCL) or dynamic shared (CUDA) memory of a block; may be 0 */
  int32_t n_arguments;
  /* In the kernel's order. An OpenCL kernel has one more parameter behind these: its local memory, at least
   * one byte even where shared_bytes is 0. A CUDA kernel has not. */
  const struct ninc_device_argument *arguments;
};

/* Source for the driver: OpenCL C, or PTX. */
struct ninc_device_module {
  const char *source; /* ends with a 0, not counted */
  int64_t bytes;
};

struct ninc_device_program {
  const ninc_device_half *half; /* kind, n_kernels, arena_bytes, weight_bytes */
  int32_t n_modules;
  const struct ninc_device_module *modules;
  int32_t n_launches;
  const struct ninc_device_launch *launches;
  const unsigned char *weights; /* weight_bytes of them, in the library; the same for all sizes */
};

/* A model with all it has for devices. Byte counts of inputs and outputs are of one image. */
struct ninc_device_model {
  const ninc_model *model;
  int32_t n_programs;
  const struct ninc_device_program *programs; /* at most one a kind and size */
};

/* See ninc_devices. NULL is NINC_ERROR_NULL_ARGUMENT for either argument of create, and for a state, array or
 * tensor of any other function but destroy and message; run_kernel doesn't look at
 * outputs that its kernel doesn't compute. Numbers out of range, memory or streams of another context, and
 * at create a context that isn't one or hasn't the device, are NINC_ERROR_DEVICE.
 *
 * Of the caller's memory on a device this is checked. OpenCL: that it is memory (if the driver notices), of
 * the state's context, and the tensor within it. CUDA: that the driver knows the address (`data` alone,
 * without `offset`); that device memory which has a context has the state's; and, where the driver says how
 * large it is (from version 10.2), that the tensor is within one allocation, or within one range of reserved
 * addresses, all of which is taken for mapped.
 *
 * enqueue waits for the oldest run where 64 are under way (4 while times are measured) and nobody has called
 * wait, and then may give the failure of that one. If it fails, nothing of its run is under way any more.
 * NINC_ERROR_DEVICE_LOST stays: every later call gives it at once.
 *
 * `message` is about the latest of run_on, enqueue, wait, run_kernel and read_arena, and before the first of
 * them about create: why the state has fallen back to the CPU, if it has. Such a state leaves `ns` alone. */
int ninc_device_create(const struct ninc_device_model *model, const ninc_device_options *options,
                       ninc_state **state);
void ninc_device_destroy(ninc_state *state);
int ninc_device_run_on(ninc_state *state, const void *const *inputs, void *const *outputs);
int ninc_device_enqueue(ninc_state *state, const ninc_buffer *inputs, const ninc_buffer *outputs,
                        void *stream);
int ninc_device_wait(ninc_state *state);
int ninc_device_run_kernel(ninc_state *state, int32_t kernel, const void *const *inputs,
                           void *const *outputs);
int ninc_device_read_arena(ninc_state *state, int64_t offset, int64_t bytes, void *host);
const char *ninc_device_message(const ninc_state *state);
int ninc_device_native(const ninc_state *state, ninc_native *native);

#ifdef __cplusplus
}
#endif
#endif /* NINC_DEVICE_H */
