/* The C interface of a compiled model on devices: only libraries made for `+opencl` or `+cuda` have any of
 * this.
 *
 * This text is copied into their headers behind that of ninc_model.h. Headers of models with and without it
 * can be included together, in any order. */
#ifndef NINC_DEVICES_H
#define NINC_DEVICES_H

#include "ninc_model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What functions that use a device return beside what is in ninc_status. */
enum ninc_device_status {
  NINC_ERROR_NO_DEVICE_CODE = 6, /* the model was not compiled for this kind of device */
  NINC_ERROR_NO_DRIVER = 7,      /* the driver's library (libOpenCL.so.1, libcuda.so.1) can't be opened, or
                                    doesn't get ready for any device (cuInit) */
  NINC_ERROR_NO_DEVICE = 8,      /* the driver has no device of that number, or none at all */
  NINC_ERROR_DEVICE_MEMORY = 9,  /* the device has no memory left */
  NINC_ERROR_DEVICE_BUILD = 10,  /* the driver can't make the kernels for this device */
  NINC_ERROR_DEVICE_LOST = 11,   /* the device or its context has failed, or the state is a fork's copy; all
                                    that is left is destroy */
  NINC_ERROR_DEVICE = 12         /* the driver refuses for another reason */
};

enum ninc_device_kind { NINC_DEVICE_CPU = 0, NINC_DEVICE_OPENCL = 1, NINC_DEVICE_CUDA = 2 };

/* A model on a device: context, compiled kernels, uploaded weights, and the memory of one run. Any number of
 * states, of one or several models, live side by side, also on one device; one state is used by one thread at
 * a time. A device's driver isn't in the child of a fork: every call there with a state made before fails
 * with NINC_ERROR_DEVICE_LOST, and `destroy` frees the copy and leaves the driver's memory. */
typedef struct ninc_state ninc_state;

/* All zero but `kind` is a good start. */
typedef struct ninc_device_options {
  int32_t kind;     /* enum ninc_device_kind, not the CPU */
  int32_t number;   /* of the device among all of its kind, in the drivers' order; not used with a context */
  int32_t size;     /* number of the size that all runs of the state have */
  int32_t fallback; /* not 0: where there is no driver or no device, make a state that runs on the CPU */
  int32_t threads;  /* of such a state; 0 means 1 */
  /* A cl_context or CUcontext of the caller's that outlives the state, so that models share it and memory in
   * it can be passed to enqueue. One that the driver doesn't know is NINC_ERROR_DEVICE, if the driver
   * notices. NULL: a context of its own (OpenCL), the device's primary one (CUDA). */
  void *context;
  void *device; /* with an OpenCL context: the cl_device_id in it; else NULL */
  /* NULL, or counters of the caller's that live as long as the state: n_kernels (of the ninc_device_half) and
   * two more. run_on and wait add the device's nanoseconds in each kernel, then in copies to the device, then
   * in copies from it. Measuring costs some time. */
  uint64_t *ns;
  char *message; /* NULL, or where a failing create leaves the driver's words (at most message_bytes, with the
                    0) */
  int64_t message_bytes;
} ninc_device_options;

enum ninc_memory { NINC_HOST = 0, NINC_ON_DEVICE = 1 };

/* An input or output of a run on a device, of the state's size: [batch, shape...] f32, row-major. In host
 * memory it starts at a multiple of 4, in a CUDA device's of 16, in an OpenCL device's `offset` is a multiple
 * of its CL_DEVICE_MEM_BASE_ADDR_ALIGN. Memory on a device is of the state's context and large enough, else
 * the run is NINC_ERROR_DEVICE; CUDA's may also be a pool's, managed, or pinned memory of the host. */
typedef struct ninc_buffer {
  void *data;     /* in host memory: its address; on the device: a cl_mem, or a CUdeviceptr */
  int64_t offset; /* bytes from there */
  int32_t memory; /* enum ninc_memory */
} ninc_buffer;

/* The driver's own objects behind a state; they belong to the state. */
typedef struct ninc_native {
  int32_t kind;  /* enum ninc_device_kind; the CPU for a state that has fallen back: all others are NULL */
  void *context; /* cl_context or CUcontext */
  void *device;  /* cl_device_id, or the CUdevice as a number */
  void *queue;   /* cl_command_queue or CUstream of the state's own */
} ninc_native;

/* What a model has for one kind of device and one size. */
typedef struct ninc_device_half {
  int32_t kind;       /* enum ninc_device_kind */
  const char *target; /* "opencl", "sm_80" */
  int32_t element;    /* enum ninc_element: of weights and of what lies between layers; sums are f32 */
  int32_t size;       /* number of its size */
  int32_t n_kernels;
  const ninc_kernel *kernels; /* `run` is NULL; result_offset counts from the start of the state's arena */
  const int32_t *launches;    /* for each kernel: what the device runs for it, one after the other */
  int64_t arena_bytes;        /* on the device: intermediate values */
  int64_t weight_bytes;       /* on the device: packed parameters, of all its sizes */
} ninc_device_half;

/* What such a library has beside the rest of its ninc_model. All functions return an enum ninc_status or
 * ninc_device_status; after a failure `message` has the driver's words. The whole batch passes a device's
 * kernels together. */
typedef struct ninc_devices {
  int32_t struct_bytes; /* sizeof(ninc_devices) there: later versions append fields */
  int32_t n_halves;
  const ninc_device_half *halves; /* kind by kind, in the order of the sizes */
  /* Opens the driver and the device, compiles the kernels for it and uploads the weights: slow, once. On
   * failure *state is NULL and nothing is left behind. A size that the model hasn't got is NINC_ERROR_SIZE.
   */
  int (*create)(const ninc_device_options * /* options */, ninc_state ** /* state */);
  /* Waits for what is enqueued, then frees everything. Takes NULL too. */
  void (*destroy)(ninc_state * /* state */);
  /* As `run`, on the device: inputs and outputs are in host memory; returns when the outputs are there. */
  int (*run_on)(ninc_state * /* state */, const void *const * /* inputs */, void *const * /* outputs */);
  /* Enqueues a run and returns. Buffers must stay as they are until `wait`, or until the stream has passed
   * it. `stream` is a cl_command_queue or CUstream of the state's context, in order; NULL: the state's own.
   * Runs of one state use the same memory: those on different streams must be ordered by the caller. */
  int (*enqueue)(ninc_state * /* state */, const ninc_buffer * /* inputs */,
                 const ninc_buffer * /* outputs */, void * /* stream */);
  /* Returns when all that the state has enqueued, on any stream, is done; the first failure of it, if any. */
  int (*wait)(ninc_state * /* state */);
  /* For looking inside: runs one kernel after the upload of the inputs (host memory), leaving outputs that
   * this kernel computes in `outputs`; waits. Kernels in order make a run. */
  int (*run_kernel)(ninc_state * /* state */, int32_t /* kernel */, const void *const * /* inputs */,
                    void *const * /* outputs */);
  /* Copies bytes of the arena to host memory; waits. */
  int (*read_arena)(ninc_state * /* state */, int64_t /* offset */, int64_t /* bytes */, void * /* host */);
  /* Why the latest run_on, enqueue, wait, run_kernel or read_arena has failed; "" if it hasn't. Before the
   * first of them: why the state has fallen back to the CPU, or "". Never NULL; valid until the next of them.
   */
  const char *(*message)(const ninc_state * /* state */);
  int (*native)(const ninc_state * /* state */, ninc_native * /* native */);
} ninc_devices;

#ifdef __cplusplus
}
#endif
#endif /* NINC_DEVICES_H */
