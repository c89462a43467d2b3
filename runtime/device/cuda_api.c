/* Opens libcuda, which comes with NVIDIA's driver. */
#include "runtime/device/cuda_api.h"

#include <dlfcn.h>
#include <string.h>

const char *ninc_cuda_open(struct ninc_cuda_api *api) {
  memset(api, 0, sizeof *api);
  /* The driver starts threads that outlive dlclose, so the code must stay. */
  void *library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (!library) {
    const char *why = dlerror();
    return why ? why : "libcuda.so.1 can't be opened";
  }
#define LOAD(name, symbol, parameters)                                                                       \
  *(void **)&api->name = dlsym(library, symbol);                                                             \
  if (!api->name) {                                                                                          \
    memset(api, 0, sizeof *api);                                                                             \
    dlclose(library);                                                                                        \
    return "libcuda.so.1 lacks " symbol;                                                                     \
  }
  NINC_CUDA_FUNCTIONS(LOAD)
#undef LOAD
  api->library = library;
  return NULL;
}

void ninc_cuda_close(struct ninc_cuda_api *api) {
  if (api->library) dlclose(api->library);
  memset(api, 0, sizeof *api);
}

const char *ninc_cuda_code_name(const struct ninc_cuda_api *api, CUresult code) {
  const char *name = NULL;
  return api->GetErrorName(code, &name) == CUDA_SUCCESS && name ? name : "unknown error";
}
