/* The C interface of a compiled model, ABI version 6.
 *
 * A library has one interface and one or several versions of the code behind it: for CPUs of different
 * levels, for different sizes of the tensors, for different numbers of images that pass together. Which runs
 * is found out by the CPU, at the first call, and by the size and the number of images that a run is asked
 * for.
 *
 * This text is copied into every generated header between the guards below, so that a model's header needs
 * no other file and the headers of two models can be included together. C99 and C++. It takes no names but
 * ninc_* and NINC_*: parameters have none, since theirs might be somebody's macros.
 *
 * Threads: everything here is immutable after loading, but for which target is used
 * and where weights are that lie in a file. `run` may be called from
 * any number of threads at once, as long as each call has its own scratch and outputs, and its own executor.
 *
 * fork: a child has the model, and copies of the parent's teams without their threads. `run` with such a team
 * computes the same in the thread that calls it, whatever the parent's threads were at when it forked;
 * team_destroy frees the copy; new teams can be made. The parent notices nothing of all this. (vfork's child
 * shares its parent's memory: it may use none of it.) */
#if defined(NINC_MODEL_ABI) && NINC_MODEL_ABI != 6
#error "headers of models made by two versions of ninc are included in one file: make both by the same"
#endif
#ifndef NINC_MODEL_ABI
#define NINC_MODEL_ABI 6

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What functions return. */
enum ninc_status {
  NINC_OK = 0,
  NINC_ERROR_NULL_ARGUMENT = 1, /* an input, an output or the scratch is NULL */
  NINC_ERROR_MISALIGNED = 2,    /* scratch is not aligned to the model's scratch_alignment, or a tensor not to
                                   its    size of 4 or 8 bytes */
  NINC_ERROR_CPU = 3,           /* this CPU lacks instructions that the model was compiled for, or the system
                                   doesn't save their registers */
  NINC_ERROR_THREADS = 4,       /* a team could not be made, or the executor reported a failure */
  NINC_ERROR_MEMORY = 5,        /* no memory in this process for a team or a state (never returned by run) */
  NINC_ERROR_SIZE = 13,         /* no such size, or not so many images, in this model */
  NINC_ERROR_TARGET = 14,       /* the model has no code for the target that use_target or the environment's
                                   NINC_TARGET names */
  NINC_ERROR_WEIGHTS = 15 /* the model's weights are in a file that hasn't been opened, can't be read, or is
                             another model's */
};

/* A task: called once for each index, from any thread. A non-zero result is an error. */
typedef int (*ninc_task)(void * /* closure */, int32_t /* index */);

/* How a model runs its parallel loops. NULL in place of an executor means: in the calling thread.
 * parallel_for must call task(closure, i) for each i in [0, count) exactly once, in any order, on any
 * threads, and return when all have returned: 0, or a non-zero result of one of them. */
typedef struct ninc_executor {
  int (*parallel_for)(void * /* self */, ninc_task /* task */, void * /* closure */, int32_t /* count */);
  void *self;
  int32_t threads; /* at least 1: run never asks for more than this many tasks at once, and needs scratch
                      for each of them */
  uint64_t
      *kernel_ns; /* NULL, or one counter a kernel (most_kernels): run adds the nanoseconds spent there */
} ninc_executor;

/* Stack that `run` needs below its call, and below the call of each task that an executor runs, for a model
 * of so many inputs and outputs together: whatever else grows with a model is in scratch. A team's threads
 * have what the system gives threads. What a signal handler or an executor needs comes on top. */
#define NINC_STACK_BYTES(tensors) (16384 + 24 * (tensors))

/* Inputs are f32 or u8, bytes. Outputs are f32 unless they are numbers of elements (arg_max, top_k): those
 * are i64. f16, IEEE halves, is only found between the layers of a model on a device. */
enum ninc_element { NINC_F32 = 0, NINC_F16 = 1, NINC_I64 = 2, NINC_U8 = 3 };

#define NINC_MOST_DIMENSIONS 8

typedef struct ninc_tensor {
  const char *name;
  int32_t element;                      /* enum ninc_element */
  int32_t rank;                         /* from 1 on, the batch not counted */
  int64_t shape[NINC_MOST_DIMENSIONS];  /* logical order: channels, rows, columns for a feature map */
  int64_t stride[NINC_MOST_DIMENSIONS]; /* in elements, same order; outputs of a model are row-major. So are
                                           inputs, unless the model takes them with a pixel's channels next
                                           to one another: rows, columns, channels in memory */
  int64_t bytes;                        /* of one image */
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
  /* Computes the first `group` images (see ninc_version) of these inputs: all kernels in order are a run of
   * those. */
  int (*run)(const void *const * /* inputs */, void *const * /* outputs */, void * /* scratch */,
             const ninc_executor * /* executor */);
  /* Rows and columns of a tile where the first convolution goes by Winograd's transforms, which round more;
   * 0, 0 where every sum is computed as it is written. */
  int32_t winograd_rows, winograd_columns;
} ninc_kernel;

/* The extents of a model's tensors: as many inputs and outputs as the model has, with the same names and
 * ranks in all its sizes. */
typedef struct ninc_size {
  const ninc_tensor *inputs, *outputs;
  int64_t macs; /* of one image */
} ninc_size;

/* Code for CPUs of one level, for one size, for one number of images that pass together. */
typedef struct ninc_version {
  const char *target; /* "x86-64-v3" */
  int32_t cpu;   /* what it asks of the CPU: on x86-64 the psABI's level; 0: nothing beyond the architecture's
                    base */
  int32_t size;  /* number of its size */
  int32_t group; /* images that pass its kernels together */
  int32_t n_kernels;
  const ninc_kernel *kernels;
} ninc_version;

typedef struct ninc_model {
  int32_t abi;          /* NINC_MODEL_ABI of the compiler that made it: check this first */
  int32_t struct_bytes; /* sizeof(ninc_model) there: later versions append fields */
  const char *name;
  const char *compiler; /* "ninc 0.1.0" */
  const char *target;   /* that it has versions for, the best one first: "x86-64-v4,x86-64-v2" */
  int32_t batch;        /* images of a run; tensors are [batch, shape...], one image behind the other */
  int32_t least_batch;  /* run_batch takes from so many images to `batch`: either as many, or 1 */
  int32_t n_inputs, n_outputs, n_sizes, n_versions;
  int32_t most_kernels;                /* of any version */
  const ninc_tensor *inputs, *outputs; /* of the first size */
  const ninc_size *sizes;
  /* The best target first; of one target size by size, of one size the largest group first. Where runs may
   * have any number of images, the last group is 1; else there is one. */
  const ninc_version *versions;
  /* run needs scratch_bytes + threads * scratch_bytes_per_thread bytes of scratch, where threads is the
   * executor's, 1 without one. Either may be 0. That is enough for all versions. */
  int64_t scratch_bytes;
  int64_t scratch_bytes_per_thread; /* a multiple of scratch_alignment */
  int64_t scratch_alignment;
  int64_t weight_bytes; /* embedded, packed */
  int64_t macs;         /* of one image of the first size */
  /* NINC_OK if there is a version for this CPU, or for the target that is asked for; else NINC_ERROR_CPU or
   * NINC_ERROR_TARGET. run checks it too. */
  int (*supported)(void);
  /* Of the first size, `batch` images. Inputs, outputs and scratch are memory apart from one another. Inputs
   * are finite numbers: what comes of others is unspecified, but never a fault. */
  int (*run)(const void *const * /* inputs */, void *const * /* outputs */, void * /* scratch */,
             const ninc_executor * /* executor */);
  const char *(*strerror)(int /* status */);
  /* A team of `threads` threads, the caller of run being one of them; NULL with *status set if it can't be
   * made. An executor is used by one run at a time. team_destroy takes NULL too. */
  ninc_executor *(*team_create)(int32_t /* threads */, int * /* status */);
  void (*team_destroy)(ninc_executor * /* team */);
  const struct ninc_devices *devices; /* of a library that has code for devices; else NULL */
  /* What the model's file calls the inputs, then the outputs, where any of them has a name there that is no
   * identifier of C ("data:0"); else NULL. */
  const char *const *original_names;
  /* The same as run for any of the sizes, and for as many images as there are. */
  int (*run_batch)(int32_t /* size */, int32_t /* images */, const void *const * /* inputs */,
                   void *const * /* outputs */, void * /* scratch */, const ninc_executor * /* executor */);
  /* What runs here: the best of the targets that this CPU can run, or the one that is asked for; NULL if
   * there is none. Found out at the first call, by whichever function needs it. */
  const char *(*chosen_target)(void);
  /* Asks for a target by its name, from then on and for all threads; NULL: for the best one again, whatever
   * the environment's variable NINC_TARGET says, which does the same at the first call. NINC_ERROR_TARGET if
   * the library hasn't got it, NINC_ERROR_CPU if this CPU can't run it; then nothing changes. */
  int (*use_target)(const char * /* target */);
  /* Of a library whose weights are in a file beside it; 0 and NULL where they are in the library. No run
   * before they are there, and none while they change: it is for one thread to open and close them.
   * open_weights maps the file, which processes that use it share; use_weights takes its bytes where the
   * caller has them, at a multiple of 64, for as long as runs use them. Another model's file is
   * NINC_ERROR_WEIGHTS; with `check` all of it is read and its hash compared, else its size and its header
   * alone. */
  int64_t external_weight_bytes;
  uint64_t external_weight_hash;
  const void *const *external_weights; /* where they are now */
  int (*open_weights)(const char * /* file */, int /* check */);
  int (*use_weights)(const void * /* file */, int64_t /* bytes */, int /* check */);
  void (*close_weights)(void);
} ninc_model;

/* Every shared library made by ninc exports its model under this one name as well as under its own. */
#define NINC_MODEL_SYMBOL "ninc_model_v1"
typedef const ninc_model *(*ninc_model_function)(void);

#ifdef __cplusplus
}
#endif
#endif /* NINC_MODEL_ABI */
