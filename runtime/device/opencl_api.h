/* OpenCL, opened at run time: the functions that are used of it, and the order of its devices. The library is
 * the ICD loader, which finds the drivers of all vendors. */
#ifndef NINC_OPENCL_API_H
#define NINC_OPENCL_API_H

#ifndef CL_TARGET_OPENCL_VERSION
#define CL_TARGET_OPENCL_VERSION 120
#endif
#include <CL/cl.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NINC_OPENCL_FUNCTIONS(X)                                                                             \
  X(GetPlatformIDs)                                                                                          \
  X(GetDeviceIDs)                                                                                            \
  X(GetDeviceInfo)                                                                                           \
  X(CreateContext)                                                                                           \
  X(ReleaseContext)                                                                                          \
  X(CreateCommandQueue)                                                                                      \
  X(GetCommandQueueInfo)                                                                                     \
  X(ReleaseCommandQueue)                                                                                     \
  X(CreateProgramWithSource)                                                                                 \
  X(BuildProgram)                                                                                            \
  X(GetProgramBuildInfo)                                                                                     \
  X(ReleaseProgram)                                                                                          \
  X(CreateKernel)                                                                                            \
  X(SetKernelArg)                                                                                            \
  X(GetKernelWorkGroupInfo)                                                                                  \
  X(ReleaseKernel)                                                                                           \
  X(CreateBuffer)                                                                                            \
  X(CreateSubBuffer)                                                                                         \
  X(GetMemObjectInfo)                                                                                        \
  X(ReleaseMemObject)                                                                                        \
  X(EnqueueWriteBuffer)                                                                                      \
  X(EnqueueReadBuffer)                                                                                       \
  X(EnqueueNDRangeKernel)                                                                                    \
  X(Flush)                                                                                                   \
  X(Finish)                                                                                                  \
  X(WaitForEvents)                                                                                           \
  X(GetEventInfo)                                                                                            \
  X(GetEventProfilingInfo)                                                                                   \
  X(ReleaseEvent)

/* Each member is the function of that name with "cl" before it. */
struct ninc_opencl_api {
  void *library; /* NULL: not open */
#define NINC_OPENCL_MEMBER(name) __typeof__(cl##name) *name;
  NINC_OPENCL_FUNCTIONS(NINC_OPENCL_MEMBER)
#undef NINC_OPENCL_MEMBER
};

/* Fills *api and returns NULL, or says in a few words why not (valid until this thread next opens a library)
 * and leaves *api zero. Any thread; each success wants its close, after which the driver itself stays loaded.
 */
const char *ninc_opencl_open(struct ninc_opencl_api *api);
void ninc_opencl_close(struct ninc_opencl_api *api); /* of one that isn't open: does nothing */

/* A loader that finds no platform says this (cl_khr_icd). */
enum { NINC_OPENCL_NO_PLATFORM = -1001 };

/* Device number `number` over all platforms, in the loader's order: CL_SUCCESS, or why there is none, with
 * the function that said so in *function. CL_DEVICE_NOT_FOUND: all platforms together have fewer. A platform
 * that can't list its devices has none. One thread of the process at a time: loaders and drivers get ready at
 * the first such call, and some of them (PoCL 3.1) hand out devices that aren't yet when two threads make it.
 */
cl_int ninc_opencl_device(const struct ninc_opencl_api *api, int32_t number, cl_device_id *device,
                          const char **function);

/* "CL_OUT_OF_RESOURCES"; "unknown error" for a code that isn't OpenCL's. */
const char *ninc_opencl_code_name(cl_int code);

#ifdef __cplusplus
}
#endif
#endif /* NINC_OPENCL_API_H */
