/* The CUDA driver, opened at run time: what is used of cuda.h, declared anew, since the toolkit isn't needed
 * to build or to run ninc. Names and numbers are NVIDIA's. */
#ifndef NINC_CUDA_API_H
#define NINC_CUDA_API_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef int CUresult;
typedef int CUdevice;
typedef uint64_t CUdeviceptr;
typedef struct CUctx_st *CUcontext;
typedef struct CUmod_st *CUmodule;
typedef struct CUfunc_st *CUfunction;
typedef struct CUstream_st *CUstream;
typedef struct CUevent_st *CUevent;

enum {
  CUDA_SUCCESS = 0,
  CUDA_ERROR_INVALID_VALUE = 1,
  CUDA_ERROR_OUT_OF_MEMORY = 2,
  CUDA_ERROR_DEINITIALIZED = 4,
  CUDA_ERROR_STUB_LIBRARY = 34,
  CUDA_ERROR_NO_DEVICE = 100,
  CUDA_ERROR_INVALID_DEVICE = 101,
  CUDA_ERROR_INVALID_CONTEXT = 201,
  CUDA_ERROR_NO_BINARY_FOR_GPU = 209,
  CUDA_ERROR_ECC_UNCORRECTABLE = 214,
  CUDA_ERROR_INVALID_PTX = 218,
  CUDA_ERROR_NVLINK_UNCORRECTABLE = 220,
  CUDA_ERROR_JIT_COMPILER_NOT_FOUND = 221,
  CUDA_ERROR_UNSUPPORTED_PTX_VERSION = 222,
  CUDA_ERROR_JIT_COMPILATION_DISABLED = 223,
  CUDA_ERROR_NOT_FOUND = 500,
  CUDA_ERROR_ILLEGAL_ADDRESS = 700,
  CUDA_ERROR_LAUNCH_TIMEOUT = 702,
  CUDA_ERROR_CONTEXT_IS_DESTROYED = 709,
  CUDA_ERROR_ASSERT = 710,
  CUDA_ERROR_HARDWARE_STACK_ERROR = 714,
  CUDA_ERROR_LAUNCH_FAILED = 719
};
enum { CU_JIT_ERROR_LOG_BUFFER = 5, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES = 6 };
enum { CU_STREAM_NON_BLOCKING = 1 };
enum { CU_EVENT_DEFAULT = 0, CU_EVENT_DISABLE_TIMING = 2 };
enum { CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK = 0, CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES = 1 };
enum { CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES = 8 };
enum { CU_MEMORYTYPE_DEVICE = 2 };
enum {
  CU_POINTER_ATTRIBUTE_CONTEXT = 1,
  CU_POINTER_ATTRIBUTE_MEMORY_TYPE = 2,
  CU_POINTER_ATTRIBUTE_IS_MANAGED = 8,
  CU_POINTER_ATTRIBUTE_RANGE_START_ADDR = 11,
  CU_POINTER_ATTRIBUTE_RANGE_SIZE = 12
};
enum {
  CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK = 1,
  CU_DEVICE_ATTRIBUTE_CLOCK_RATE = 13, /* kHz */
  CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT = 16,
  CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR = 75,
  CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR = 76,
  CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN = 97
};

/* X(member, symbol in the library, parameters) */
#define NINC_CUDA_FUNCTIONS(X)                                                                               \
  X(Init, "cuInit", (unsigned flags))                                                                        \
  X(DriverGetVersion, "cuDriverGetVersion", (int *version))                                                  \
  X(GetErrorName, "cuGetErrorName", (CUresult code, const char **name))                                      \
  X(DeviceGetCount, "cuDeviceGetCount", (int *count))                                                        \
  X(DeviceGet, "cuDeviceGet", (CUdevice * device, int number))                                               \
  X(DeviceGetName, "cuDeviceGetName", (char *name, int bytes, CUdevice device))                              \
  X(DeviceTotalMem, "cuDeviceTotalMem_v2", (size_t * bytes, CUdevice device))                                \
  X(DeviceGetAttribute, "cuDeviceGetAttribute", (int *value, int attribute, CUdevice device))                \
  X(DevicePrimaryCtxRetain, "cuDevicePrimaryCtxRetain", (CUcontext * context, CUdevice device))              \
  X(DevicePrimaryCtxRelease, "cuDevicePrimaryCtxRelease_v2", (CUdevice device))                              \
  X(CtxPushCurrent, "cuCtxPushCurrent_v2", (CUcontext context))                                              \
  X(CtxPopCurrent, "cuCtxPopCurrent_v2", (CUcontext * context))                                              \
  X(CtxGetDevice, "cuCtxGetDevice", (CUdevice * device))                                                     \
  X(ModuleLoadDataEx, "cuModuleLoadDataEx",                                                                  \
    (CUmodule * module, const void *image, unsigned n_options, int *options, void **values))                 \
  X(ModuleUnload, "cuModuleUnload", (CUmodule module))                                                       \
  X(ModuleGetFunction, "cuModuleGetFunction", (CUfunction * function, CUmodule module, const char *name))    \
  X(FuncGetAttribute, "cuFuncGetAttribute", (int *value, int attribute, CUfunction function))                \
  X(FuncSetAttribute, "cuFuncSetAttribute", (CUfunction function, int attribute, int value))                 \
  X(MemAlloc, "cuMemAlloc_v2", (CUdeviceptr * memory, size_t bytes))                                         \
  X(MemFree, "cuMemFree_v2", (CUdeviceptr memory))                                                           \
  X(PointerGetAttributes, "cuPointerGetAttributes",                                                          \
    (unsigned count, int *attributes, void **values, CUdeviceptr address))                                   \
  X(MemcpyHtoD, "cuMemcpyHtoDAsync_v2",                                                                      \
    (CUdeviceptr device, const void *host, size_t bytes, CUstream stream))                                   \
  X(MemcpyDtoH, "cuMemcpyDtoHAsync_v2", (void *host, CUdeviceptr device, size_t bytes, CUstream stream))     \
  X(StreamCreate, "cuStreamCreate", (CUstream * stream, unsigned flags))                                     \
  X(StreamGetCtx, "cuStreamGetCtx", (CUstream stream, CUcontext * context))                                  \
  X(StreamSynchronize, "cuStreamSynchronize", (CUstream stream))                                             \
  X(StreamDestroy, "cuStreamDestroy_v2", (CUstream stream))                                                  \
  X(EventCreate, "cuEventCreate", (CUevent * event, unsigned flags))                                         \
  X(EventRecord, "cuEventRecord", (CUevent event, CUstream stream))                                          \
  X(EventSynchronize, "cuEventSynchronize", (CUevent event))                                                 \
  X(EventElapsedTime, "cuEventElapsedTime", (float *milliseconds, CUevent start, CUevent end))               \
  X(EventDestroy, "cuEventDestroy_v2", (CUevent event))                                                      \
  X(LaunchKernel, "cuLaunchKernel",                                                                          \
    (CUfunction function, unsigned blocks_x, unsigned blocks_y, unsigned blocks_z, unsigned threads_x,       \
     unsigned threads_y, unsigned threads_z, unsigned shared_bytes, CUstream stream, void **arguments,       \
     void **extra))

struct ninc_cuda_api {
  void *library; /* NULL: not open */
#define NINC_CUDA_MEMBER(name, symbol, parameters) CUresult(*name) parameters;
  NINC_CUDA_FUNCTIONS(NINC_CUDA_MEMBER)
#undef NINC_CUDA_MEMBER
};

/* Fills *api and returns NULL, or says in a few words why not (valid until this thread next opens a library)
 * and leaves *api zero. Any thread; each success wants its close, after which the driver itself stays loaded.
 * Nothing is initialised yet: Init comes first. */
const char *ninc_cuda_open(struct ninc_cuda_api *api);
void ninc_cuda_close(struct ninc_cuda_api *api); /* of one that isn't open: does nothing */

/* "CUDA_ERROR_OUT_OF_MEMORY"; "unknown error" for a code that the driver doesn't know. */
const char *ninc_cuda_code_name(const struct ninc_cuda_api *api, CUresult code);

#ifdef __cplusplus
}
#endif
#endif /* NINC_CUDA_API_H */
