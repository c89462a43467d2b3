/* Opens libOpenCL and walks its platforms. */
#include "runtime/device/opencl_api.h"

#include <dlfcn.h>
#include <string.h>

#include "runtime/device/process_lock.h"

const char *ninc_opencl_open(struct ninc_opencl_api *api) {
  memset(api, 0, sizeof *api);
  /* Drivers start threads that outlive dlclose, so the code must stay. */
  const int mode = RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE;
  void *library = dlopen("libOpenCL.so.1", mode);
  if (!library) library = dlopen("libOpenCL.so", mode);
  if (!library) {
    const char *why = dlerror();
    return why ? why : "libOpenCL.so can't be opened";
  }
#define LOAD(name)                                                                                           \
  *(void **)&api->name = dlsym(library, "cl" #name);                                                         \
  if (!api->name) {                                                                                          \
    memset(api, 0, sizeof *api);                                                                             \
    dlclose(library);                                                                                        \
    return "libOpenCL.so.1 lacks cl" #name;                                                                  \
  }
  NINC_OPENCL_FUNCTIONS(LOAD)
#undef LOAD
  api->library = library;
  return NULL;
}

void ninc_opencl_close(struct ninc_opencl_api *api) {
  if (api->library) dlclose(api->library);
  memset(api, 0, sizeof *api);
}

enum { most_platforms = 32, most_devices = 64 };

static cl_int find_device(const struct ninc_opencl_api *api, int32_t number, cl_device_id *device,
                          const char **function) {
  cl_platform_id platforms[most_platforms];
  cl_uint n_platforms = 0;
  *function = "clGetPlatformIDs";
  const cl_int code = api->GetPlatformIDs(most_platforms, platforms, &n_platforms);
  if (code != CL_SUCCESS) return code;
  if (n_platforms == 0) return NINC_OPENCL_NO_PLATFORM;
  if (n_platforms > most_platforms) n_platforms = most_platforms;

  *function = "clGetDeviceIDs";
  cl_int missing = CL_DEVICE_NOT_FOUND;
  cl_uint before = 0;
  for (cl_uint p = 0; p < n_platforms; ++p) {
    cl_device_id devices[most_devices];
    cl_uint n_devices = 0;
    const cl_int listed =
        api->GetDeviceIDs(platforms[p], CL_DEVICE_TYPE_ALL, most_devices, devices, &n_devices);
    if (listed != CL_SUCCESS) {
      if (listed != CL_DEVICE_NOT_FOUND) missing = listed;
      continue;
    }
    if (n_devices > most_devices) n_devices = most_devices;
    if (number >= 0 && (cl_uint)number - before < n_devices) {
      *device = devices[(cl_uint)number - before];
      return CL_SUCCESS;
    }
    before += n_devices;
  }
  return missing;
}

cl_int ninc_opencl_device(const struct ninc_opencl_api *api, int32_t number, cl_device_id *device,
                          const char **function) {
  const int lock = ninc_process_lock();
  const cl_int code = find_device(api, number, device, function);
  ninc_process_unlock(lock);
  return code;
}

const char *ninc_opencl_code_name(cl_int code) {
  static const struct {
    cl_int code;
    const char *name;
  } names[] = {
#define NAME(code) {code, #code}
      NAME(CL_SUCCESS),
      NAME(CL_DEVICE_NOT_FOUND),
      NAME(CL_DEVICE_NOT_AVAILABLE),
      NAME(CL_COMPILER_NOT_AVAILABLE),
      NAME(CL_MEM_OBJECT_ALLOCATION_FAILURE),
      NAME(CL_OUT_OF_RESOURCES),
      NAME(CL_OUT_OF_HOST_MEMORY),
      NAME(CL_PROFILING_INFO_NOT_AVAILABLE),
      NAME(CL_MEM_COPY_OVERLAP),
      NAME(CL_BUILD_PROGRAM_FAILURE),
      NAME(CL_MISALIGNED_SUB_BUFFER_OFFSET),
      NAME(CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST),
      NAME(CL_INVALID_VALUE),
      NAME(CL_INVALID_DEVICE_TYPE),
      NAME(CL_INVALID_PLATFORM),
      NAME(CL_INVALID_DEVICE),
      NAME(CL_INVALID_CONTEXT),
      NAME(CL_INVALID_QUEUE_PROPERTIES),
      NAME(CL_INVALID_COMMAND_QUEUE),
      NAME(CL_INVALID_HOST_PTR),
      NAME(CL_INVALID_MEM_OBJECT),
      NAME(CL_INVALID_BINARY),
      NAME(CL_INVALID_BUILD_OPTIONS),
      NAME(CL_INVALID_PROGRAM),
      NAME(CL_INVALID_PROGRAM_EXECUTABLE),
      NAME(CL_INVALID_KERNEL_NAME),
      NAME(CL_INVALID_KERNEL_DEFINITION),
      NAME(CL_INVALID_KERNEL),
      NAME(CL_INVALID_ARG_INDEX),
      NAME(CL_INVALID_ARG_VALUE),
      NAME(CL_INVALID_ARG_SIZE),
      NAME(CL_INVALID_KERNEL_ARGS),
      NAME(CL_INVALID_WORK_DIMENSION),
      NAME(CL_INVALID_WORK_GROUP_SIZE),
      NAME(CL_INVALID_WORK_ITEM_SIZE),
      NAME(CL_INVALID_GLOBAL_OFFSET),
      NAME(CL_INVALID_EVENT_WAIT_LIST),
      NAME(CL_INVALID_EVENT),
      NAME(CL_INVALID_OPERATION),
      NAME(CL_INVALID_BUFFER_SIZE),
      NAME(CL_INVALID_GLOBAL_WORK_SIZE),
      NAME(CL_INVALID_PROPERTY),
#undef NAME
      {NINC_OPENCL_NO_PLATFORM, "CL_PLATFORM_NOT_FOUND_KHR"},
  };
  for (size_t i = 0; i < sizeof names / sizeof *names; ++i)
    if (names[i].code == code) return names[i].name;
  return "unknown error";
}
