/* A CUDA device in use, made by cuda_open.c and run by cuda.c. Internal to the two.
 *
 * A context is current in a thread only while the driver works for a state: what the caller has current there
 * is so again afterwards. */
#ifndef NINC_CUDA_STATE_H
#define NINC_CUDA_STATE_H

#include "runtime/device/cuda_api.h"
#include "runtime/device/device_driver.h"

struct ninc_cuda {
  const struct ninc_device_plan *plan;
  struct ninc_cuda_api api;
  CUdevice device;
  CUcontext context;
  int owns_context; /* the device's primary one, retained */
  int knows_ranges; /* the driver can say where an allocation starts and ends */
  CUstream stream;
  CUmodule *modules;                   /* of each module */
  CUfunction *functions;               /* of each launch */
  CUdeviceptr arena, staging, weights; /* the allocations; 0: none */
  CUdeviceptr *addresses;              /* of all arguments, one launch's behind the other's */
  void **parameters;                   /* of each argument: where its address is */
  int32_t *first;                      /* of each launch: number of its first argument */
  CUevent *begun, *ended;              /* of each event; `begun` is NULL without profiling */
};

/* Where a slot lies in the staging. */
static inline CUdeviceptr ninc_cuda_staging(const struct ninc_cuda *cu, int32_t slot) {
  return cu->staging + (CUdeviceptr)cu->plan->slots[slot].offset;
}

/* ninc_driver's open and close. */
int ninc_cuda_create(const struct ninc_device_plan *plan, void **self);
void ninc_cuda_destroy(void *self);

/* NINC_OK for success; else makes words of the code and returns the status it means. */
int ninc_cuda_check(const struct ninc_cuda *cu, const char *function, CUresult code);

/* The same for a failure about a launch; the status is `otherwise` for most codes. */
int ninc_cuda_kernel_failed(const struct ninc_cuda *cu, int otherwise, int32_t launch, const char *function,
                            CUresult code);

#endif /* NINC_CUDA_STATE_H */
