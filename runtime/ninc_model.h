/* The C interface of a compiled model, ABI version 2.
 *
 * This text is copied into every generated header between the guards below, so that a model's header needs
 * no other file and the headers of two models can be included together. C99 and C++.
 *
 * Threads: everything here is immutable after loading. `run` may be called from any number of threads at
 * once, as long as each call has its own scratch and outputs, and its own executor.
 *
 * fork: a child has the model, and copies of the parent's teams without their threads. `run` with such a team
 * computes the same in the thread that calls it, whatever the parent's threads were at when it forked;
 * team_destroy frees the copy; new teams can be made. A device's driver isn't in the child: every call with
 * a state made before fails with NINC_ERROR_DEVICE_LOST, and `destroy` frees the copy and leaves the driver's
 * memory. The parent notices nothing of all this. (vfork's child shares its parent's memory: it may use none
 * of it.) */
#ifndef NINC_MODEL_ABI
#define NINC_MODEL_ABI 2

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What run and the kernels return. */
enum ninc_status {
  NINC_OK = 0,
  NINC_ERROR_NULL_ARGUMENT = 1, /* an input, an output or the scratch is NULL */
  NINC_ERROR_MISALIGNED =
      2,                  /* scratch is not aligned to the model's scratch_alignment, or a tensor not to 4 */
  NINC_ERROR_CPU = 3,     /* this CPU lacks instructions that the model was compiled for */
  NINC_ERROR_THREADS = 4, /* a team could not be made, or the executor reported a failure */
  NINC_ERROR_MEMORY = 5,  /* no memory in this process for a team or a state (never returned by run) */

  /* Of the functions that use a device: */
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

/* A task: called once for each index, from any thread. A non-zero result is an error. */
typedef int (*ninc_task)(void *closure, int32_t index);

/* How a model runs its parallel loops. NULL in place of an executor means: in the calling thread.
 * parallel_for must call task(closure, i) for each i in [0, count) exactly once, in any order, on any
 * threads, and return when all have returned: 0, or a non-zero result of one of them. */
typedef struct ninc_executor {
  int (*parallel_for)(void *self, ninc_task task, void *closure, int32_t count);
  void *self;
  int32_t threads;     /* at least 1: run never asks for more than this many tasks at once, and needs scratch
                          for each of them */
  uint64_t *kernel_ns; /* NULL, or one counter a kernel (n_kernels): run adds the nanoseconds spent there */
} ninc_executor;

/* Stack that `run` needs below its call, and below the call of each task that an executor runs, for a model
 * of so many inputs and outputs together: whatever else grows with a model is in scratch. A team's threads
 * have what the system gives threads. What a signal handler or an executor needs comes on top. */
#define NINC_STACK_BYTES(tensors) (16384 + 24 * (tensors))

/* Inputs and outputs are f32. f16, IEEE halves, is only found in a device's arena. */
enum ninc_element { NINC_F32 = 0, NINC_F16 = 1 };

typedef struct ninc_tensor {
  const char *name;
  int32_t element;   /* enum ninc_element */
  int32_t rank;      /* 1 to 4, the batch not counted */
  int64_t shape[4];  /* logical order: channels, rows, columns for a feature map */
  int64_t stride[4]; /* in elements, same order; inputs and outputs of a model are row-major */
  int64_t bytes;     /* of one image */
} ninc_tensor;

/* One step of a model. Steps are run in order; each reads inputs, scratch and embedded weights. */
typedef struct ninc_kernel {
  const char *name;     /* of its (first) result in the model's text */
  const char *op;       /* what it computes: "mlpconv [conv 5x5 pad 2 -> 192, 160, 96]" */
  const char *schedule; /* how */
  int64_t macs;         /* multiply-accumulates for one image */
  int64_t bytes;        /* read and written for one image, with its share of the weights */
  int32_t n_results;
  const ninc_tensor *results;
  const int32_t *result_output; /* for each result: number of the model's output it is, or -1 */
  const int64_t *result_offset; /* for each result: byte offset in scratch, or -1 for an output */
  /* Computes the first `group` images (see ninc_model) of these inputs: all kernels in order are a run of
   * those. */
  int (*run)(const void *const *inputs, void *const *outputs, void *scratch, const ninc_executor *executor);
  /* Rows and columns of a tile where the first convolution goes by Winograd's transforms, which round more;
   * 0, 0 where every sum is computed as it is written. */
  int32_t winograd_rows, winograd_columns;
} ninc_kernel;

/* ---- Devices: only libraries made for `+opencl` or `+cuda` have any of this. ---- */

enum ninc_device_kind { NINC_DEVICE_CPU = 0, NINC_DEVICE_OPENCL = 1, NINC_DEVICE_CUDA = 2 };

/* A model on a device: context, compiled kernels, uploaded weights, and the memory of one run. Any number of
 * states, of one or several models, live side by side, also on one device; one state is used by one thread at
 * a time. */
typedef struct ninc_state ninc_state;

/* All zero but `kind` is a good start. */
typedef struct ninc_device_options {
  int32_t kind;     /* enum ninc_device_kind, not the CPU */
  int32_t number;   /* of the device among all of its kind, in the drivers' order; not used with a context */
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

/* An input or output of a run on a device: [batch, shape...] f32, row-major. In host memory it starts at a
 * multiple of 4, in a CUDA device's of 16, in an OpenCL device's `offset` is a multiple of its
 * CL_DEVICE_MEM_BASE_ADDR_ALIGN. Memory on a device is of the state's context and large enough, else the run
 * is NINC_ERROR_DEVICE; CUDA's may also be a pool's, managed, or pinned memory of the host. */
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

/* What a model has for one kind of device. */
typedef struct ninc_device_half {
  int32_t kind;       /* enum ninc_device_kind */
  const char *target; /* "opencl", "sm_80" */
  int32_t element;    /* enum ninc_element: of weights and of what lies between layers; sums are f32 */
  int32_t n_kernels;
  const ninc_kernel *kernels; /* `run` is NULL; result_offset counts from the start of the state's arena */
  const int32_t *launches;    /* for each kernel: what the device runs for it, one after the other */
  int64_t arena_bytes;        /* on the device: intermediate values */
  int64_t weight_bytes;       /* on the device: packed parameters */
} ninc_device_half;

typedef struct ninc_model {
  int32_t abi;          /* NINC_MODEL_ABI of the compiler that made it: check this first */
  int32_t struct_bytes; /* sizeof(ninc_model) there: later versions append fields */
  const char *name;
  const char *compiler; /* "ninc 0.1.0" */
  const char *target;   /* "x86-64-v3" ... */
  int32_t batch;        /* images a run; tensors are [batch, shape...], one image behind the other */
  int32_t n_inputs, n_outputs, n_kernels;
  const ninc_tensor *inputs, *outputs;
  const ninc_kernel *kernels;
  /* run needs scratch_bytes + threads * scratch_bytes_per_thread bytes of scratch, where threads is the
   * executor's, 1 without one. Either may be 0. */
  int64_t scratch_bytes;
  int64_t scratch_bytes_per_thread; /* a multiple of scratch_alignment */
  int64_t scratch_alignment;
  int64_t weight_bytes; /* embedded, packed */
  int64_t macs;         /* of one image */
  /* NINC_OK, or NINC_ERROR_CPU if this CPU can't run the model. run checks it too. */
  int (*supported)(void);
  /* Inputs, outputs and scratch are memory apart from one another. Inputs are finite numbers: what comes of
   * others is unspecified, but never a fault. */
  int (*run)(const void *const *inputs, void *const *outputs, void *scratch, const ninc_executor *executor);
  const char *(*strerror)(int status);
  /* A team of `threads` threads, the caller of run being one of them; NULL with *status set if it can't be
   * made. An executor is used by one run at a time. team_destroy takes NULL too. */
  ninc_executor *(*team_create)(int32_t threads, int *status);
  void (*team_destroy)(ninc_executor *team);
  int32_t group; /* images that pass the kernels together; divides batch */

  /* From here on: 0 and NULL in a library for CPUs alone. All return an enum ninc_status; after a failure
   * `message` has the driver's words. The whole batch passes a device's kernels together. */
  int32_t n_device_halves;
  const ninc_device_half *device_halves;
  /* Opens the driver and the device, compiles the kernels for it and uploads the weights: slow, once. On
   * failure *state is NULL and nothing is left behind. */
  int (*create)(const ninc_device_options *options, ninc_state **state);
  /* Waits for what is enqueued, then frees everything. Takes NULL too. */
  void (*destroy)(ninc_state *state);
  /* As `run`, on the device: inputs and outputs are in host memory; returns when the outputs are there. */
  int (*run_on)(ninc_state *state, const void *const *inputs, void *const *outputs);
  /* Enqueues a run and returns. Buffers must stay as they are until `wait`, or until the stream has passed
   * it. `stream` is a cl_command_queue or CUstream of the state's context, in order; NULL: the state's own.
   * Runs of one state use the same memory: those on different streams must be ordered by the caller. */
  int (*enqueue)(ninc_state *state, const ninc_buffer *inputs, const ninc_buffer *outputs, void *stream);
  /* Returns when all that the state has enqueued, on any stream, is done; the first failure of it, if any. */
  int (*wait)(ninc_state *state);
  /* For looking inside: runs one kernel after the upload of the inputs (host memory), leaving outputs that
   * this kernel computes in `outputs`; waits. Kernels in order make a run. */
  int (*run_kernel)(ninc_state *state, int32_t kernel, const void *const *inputs, void *const *outputs);
  /* Copies bytes of the arena to host memory; waits. */
  int (*read_arena)(ninc_state *state, int64_t offset, int64_t bytes, void *host);
  /* Why the latest run_on, enqueue, wait, run_kernel or read_arena has failed; "" if it hasn't. Before the
   * first of them: why the state has fallen back to the CPU, or "". Never NULL; valid until the next of them.
   */
  const char *(*message)(const ninc_state *state);
  int (*native)(const ninc_state *state, ninc_native *native);
} ninc_model;

/* Every shared library made by ninc exports its model under this one name as well as under its own. */
#define NINC_MODEL_SYMBOL "ninc_model_v1"
typedef const ninc_model *(*ninc_model_function)(void);

#ifdef __cplusplus
}
#endif
#endif /* NINC_MODEL_ABI */
