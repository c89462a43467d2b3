/* An OpenCL device in use, made by opencl_open.c and run by opencl.c. Internal to the two.
 *
 * Kernels get memory as objects, so each distinct piece of the allocations is a sub-buffer made once:
 * arguments that mean the same memory are the same object, as the standard wants of memory that a kernel
 * reads and writes. Each launch has a kernel object of its own with its arguments set.
 */
#ifndef NINC_OPENCL_STATE_H
#define NINC_OPENCL_STATE_H

#include "runtime/device/device_driver.h"
#include "runtime/device/opencl_api.h"

/* A piece of the arena or the weights that arguments mean. */
struct ninc_opencl_part {
  int32_t base;
  int64_t offset, bytes;
  cl_mem memory;
};

struct ninc_opencl {
  const struct ninc_device_plan *plan;
  struct ninc_opencl_api api;
  cl_device_id device;
  cl_context context;
  int owns_context;
  cl_command_queue queue;
  cl_program *programs;           /* of each module */
  cl_kernel *kernels;             /* of each launch */
  cl_mem arena, staging, weights; /* the allocations */
  struct ninc_opencl_part *parts; /* sub-buffers */
  int32_t n_parts;
  cl_mem *slots;    /* of each slot: its sub-buffer of the staging */
  cl_mem *borrowed; /* of each slot: NULL, or a sub-buffer of the caller's memory, until `end` */
  char *foreign;    /* of each slot: kernels may have the caller's memory set for it */
  cl_event *events; /* NULL: free */
};

/* ninc_driver's open and close. */
int ninc_opencl_create(const struct ninc_device_plan *plan, void **self);
void ninc_opencl_destroy(void *self);

/* Make words of a code and return the status it means, `otherwise` for most of them. */
int ninc_opencl_failed(const struct ninc_opencl *cl, int otherwise, const char *function, cl_int code);
int ninc_opencl_kernel_failed(const struct ninc_opencl *cl, int otherwise, int32_t launch,
                              const char *function, cl_int code);

/* Bytes of a buffer as an object of their own, which the caller releases. */
int ninc_opencl_sub_buffer(struct ninc_opencl *cl, cl_mem memory, int64_t offset, int64_t bytes,
                           cl_mem *result);

/* Sets a launch's argument. */
int ninc_opencl_set_memory(struct ninc_opencl *cl, int32_t launch, int32_t argument, cl_mem memory);

#endif /* NINC_OPENCL_STATE_H */
