/* A CUDA driver of one device that does what the runtime's tests need: device memory is the process's,
 * commands run when they are enqueued, kernels are known by name. It fails where it is told to, and says
 * which calls were wrong: without a current context, with what isn't there, or left behind. As with the real
 * one, a fault spoils the context: all that is done in it fails from then on, and releasing it frees what was
 * in it. */
#include "FakeCudaObjects.h"

static int initialised;

EXPORT CUresult cuInit(unsigned flags) {
  (void)flags;
  ANYWHERE("cuInit");
  initialised = 1;
  return success;
}

static int driver_version = 12020;

EXPORT void fake_driver_version(int version) {
  driver_version = version;
}

EXPORT CUresult cuDriverGetVersion(int *version) {
  ANYWHERE("cuDriverGetVersion");
  *version = driver_version;
  return success;
}

EXPORT CUresult cuGetErrorName(CUresult code, const char **name) {
  if (code == 99999) return invalid_value;
  *name = code == 2 ? "CUDA_ERROR_OUT_OF_MEMORY" : "CUDA_ERROR_OF_A_FAKE";
  return success;
}

EXPORT CUresult cuDeviceGetCount(int *count) {
  *count = 1;
  return success;
}

EXPORT CUresult cuDeviceGet(CUdevice *device, int number) {
  if (!initialised) wrong("cuDeviceGet before cuInit");
  ANYWHERE("cuDeviceGet");
  if (number != 0) return invalid_device;
  *device = 0;
  return success;
}

EXPORT CUresult cuDeviceGetName(char *name, int bytes, CUdevice device) {
  (void)device;
  snprintf(name, (size_t)bytes, "fake");
  return success;
}

EXPORT CUresult cuDeviceTotalMem_v2(size_t *bytes, CUdevice device) {
  (void)device;
  *bytes = 1 << 20;
  return success;
}

EXPORT CUresult cuDeviceGetAttribute(int *value, int attribute, CUdevice device) {
  (void)device;
  ANYWHERE("cuDeviceGetAttribute");
  *value = attribute == 97   ? 100 << 10 /* shared memory of a block, on demand */
           : attribute == 16 ? 10        /* multiprocessors */
           : attribute == 13 ? 1000000   /* kHz */
           : attribute == 75 ? 8
           : attribute == 76 ? 6
                             : 1024;
  return success;
}

EXPORT CUresult cuDevicePrimaryCtxRetain(void **result, CUdevice device) {
  (void)device;
  ANYWHERE("cuDevicePrimaryCtxRetain");
  if (!primary) primary = make(context);
  ++primary->users;
  *result = primary;
  return success;
}

static void end_context(struct object *ended) {
  for (struct object *object = all; object; object = object->next)
    if (object->kind != dead && (object->of == ended || (object->of && object->of->of == ended))) {
      if (!ended->fault) wrong("a context ends before what is in it");
      bury(object);
    }
  bury(ended);
}

EXPORT CUresult cuDevicePrimaryCtxRelease_v2(CUdevice device) {
  (void)device;
  if (!primary) {
    wrong("a primary context released once too often");
    return no_context;
  }
  if (--primary->users > 0) return success;
  end_context(primary);
  primary = NULL;
  return success;
}

EXPORT CUresult cuCtxCreate_v2(void **result, unsigned flags, CUdevice device) {
  (void)flags, (void)device;
  *result = make(context);
  return success;
}

EXPORT CUresult cuCtxDestroy_v2(void *handle) {
  end_context(find(handle, context));
  return success;
}

EXPORT CUresult cuCtxPushCurrent_v2(void *handle) {
  struct object *object = handle;
  if (object->kind == dead) return context_destroyed;
  if (object->kind != context) return no_context;
  const int code = planned("cuCtxPushCurrent");
  if (code) object->fault = code;
  if (object->fault == context_destroyed) return context_destroyed;
  if (n_pushed == most_pushed)
    wrong("contexts are pushed and never popped");
  else
    pushed[n_pushed++] = handle;
  return success;
}

/* Pops even when it fails: what a test looks for is what the runtime makes of the code. */
EXPORT CUresult cuCtxPopCurrent_v2(void **result) {
  if (n_pushed == 0) {
    wrong("a context popped once too often");
    return no_context;
  }
  *result = pushed[--n_pushed];
  return planned("cuCtxPopCurrent");
}

EXPORT CUresult cuCtxGetDevice(CUdevice *device) {
  IN_CONTEXT("cuCtxGetDevice");
  *device = 0;
  return success;
}

/* A module's source is "fake ptx: entry entry ...". */
EXPORT CUresult cuModuleLoadDataEx(void **result, const void *image, unsigned count, int *options,
                                   void **values) {
  if (!current() || current()->fault) IN_CONTEXT("cuModuleLoadDataEx");
  const int code = planned("cuModuleLoadDataEx");
  for (unsigned i = 0; i < count && code; ++i)
    if (options[i] == 5) strcpy(values[i], "line 1: error: no such thing");
  if (code) return code;
  if (strncmp(image, "fake ptx:", 9) != 0) wrong("an unknown source");
  struct object *object = make(module);
  object->size = strlen(image) + 1;
  object->bytes = malloc(object->size);
  memcpy(object->bytes, image, object->size);
  *result = object;
  return success;
}

EXPORT CUresult cuModuleUnload(void *handle) {
  IN_CONTEXT("cuModuleUnload");
  struct object *of = find(handle, module);
  for (struct object *object = all; object; object = object->next)
    if (object->kind == function && object->of == of) bury(object);
  bury(of);
  return success;
}

EXPORT CUresult cuModuleGetFunction(void **result, void *handle, const char *name) {
  IN_CONTEXT("cuModuleGetFunction");
  struct object *of = find(handle, module);
  if (!strstr((const char *)of->bytes, name)) return not_found;
  struct object *object = make(function);
  object->of = of;
  object->shared_bytes = 48 << 10;
  snprintf(object->entry, sizeof object->entry, "%s", name);
  *result = object;
  return success;
}

EXPORT CUresult cuFuncGetAttribute(int *value, int attribute, void *handle) {
  IN_CONTEXT("cuFuncGetAttribute");
  find(handle, function);
  *value = attribute == 0 ? 64 /* threads */ : 256 /* shared memory that the source asks for */;
  return success;
}

EXPORT CUresult cuFuncSetAttribute(void *handle, int attribute, int value) {
  IN_CONTEXT("cuFuncSetAttribute");
  if (attribute != 8) wrong("an unknown attribute");
  find(handle, function)->shared_bytes = value;
  return success;
}

static struct object *make_memory(size_t bytes) {
  struct object *object = make(memory);
  object->bytes = calloc(bytes, 1);
  object->size = bytes;
  return object;
}

EXPORT CUresult cuMemAlloc_v2(CUdeviceptr *result, size_t bytes) {
  IN_CONTEXT("cuMemAlloc");
  if (bytes == 0) return invalid_value;
  *result = (CUdeviceptr)(uintptr_t)make_memory(bytes)->bytes;
  return success;
}

EXPORT CUresult cuMemAllocAsync(CUdeviceptr *result, size_t bytes, void *on) {
  IN_CONTEXT("cuMemAllocAsync");
  find(on, stream);
  struct object *object = make_memory(bytes);
  object->pooled = 1;
  *result = (CUdeviceptr)(uintptr_t)object->bytes;
  return success;
}

EXPORT CUresult cuMemHostAlloc(void **result, size_t bytes, unsigned flags) {
  IN_CONTEXT("cuMemHostAlloc");
  (void)flags;
  struct object *object = make_memory(bytes);
  object->host = 1;
  *result = object->bytes;
  return success;
}

/* The allocation that has these bytes, or NULL. */
static struct object *look_for_memory(CUdeviceptr address, size_t bytes) {
  for (struct object *object = all; object; object = object->next) {
    const CUdeviceptr start = (CUdeviceptr)(uintptr_t)object->bytes;
    if (object->kind == memory && address >= start && address + bytes <= start + object->size) return object;
  }
  return NULL;
}

static struct object *memory_at(CUdeviceptr address, size_t bytes) {
  struct object *object = look_for_memory(address, bytes);
  if (!object) wrong("an address outside of all memory");
  return object;
}

/* As the real one, of memory that it doesn't know it says 0 to all. */
EXPORT CUresult cuPointerGetAttributes(unsigned count, int *attributes, void **values, CUdeviceptr address) {
  IN_CONTEXT("cuPointerGetAttributes");
  const struct object *object = look_for_memory(address, 1);
  for (unsigned i = 0; i < count; ++i) {
    if (attributes[i] == 1)
      *(const void **)values[i] = object && !object->pooled ? object->of : NULL;
    else if (attributes[i] == 2)
      *(unsigned *)values[i] = !object ? 0 : object->host ? 1 : 2;
    else if (attributes[i] == 8)
      *(unsigned *)values[i] = 0;
    else if (attributes[i] == 11 && driver_version >= 10020)
      *(CUdeviceptr *)values[i] = object ? (CUdeviceptr)(uintptr_t)object->bytes : 0;
    else if (attributes[i] == 12 && driver_version >= 10020)
      *(size_t *)values[i] = object ? object->size : 0;
    else
      return invalid_value;
  }
  return success;
}

EXPORT CUresult cuMemFree_v2(CUdeviceptr address) {
  IN_CONTEXT("cuMemFree");
  struct object *object = memory_at(address, 1);
  if (!object) return invalid_value;
  if (address != (CUdeviceptr)(uintptr_t)object->bytes) wrong("freeing the middle of memory");
  bury(object);
  return success;
}

static void execute(void) {
  const int fault = planned("execution");
  if (fault) current()->fault = fault;
}

EXPORT CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void *from, size_t bytes, void *on) {
  IN_CONTEXT("cuMemcpyHtoDAsync");
  find(on, stream);
  if (!memory_at(to, bytes)) return invalid_value;
  memcpy((void *)(uintptr_t)to, from, bytes);
  execute();
  return success;
}

EXPORT CUresult cuMemcpyDtoHAsync_v2(void *to, CUdeviceptr from, size_t bytes, void *on) {
  IN_CONTEXT("cuMemcpyDtoHAsync");
  find(on, stream);
  if (!memory_at(from, bytes)) return invalid_value;
  memcpy(to, (const void *)(uintptr_t)from, bytes);
  execute();
  return success;
}

EXPORT CUresult cuStreamCreate(void **result, unsigned flags) {
  IN_CONTEXT("cuStreamCreate");
  (void)flags;
  *result = make(stream);
  return success;
}

EXPORT CUresult cuStreamGetCtx(void *handle, void **result) {
  IN_CONTEXT("cuStreamGetCtx");
  *result = find(handle, stream)->of;
  return success;
}

EXPORT CUresult cuStreamSynchronize(void *handle) {
  IN_CONTEXT("cuStreamSynchronize");
  find(handle, stream);
  return success;
}

EXPORT CUresult cuStreamDestroy_v2(void *handle) {
  IN_CONTEXT("cuStreamDestroy");
  bury(find(handle, stream));
  return success;
}

EXPORT CUresult cuEventCreate(void **result, unsigned flags) {
  IN_CONTEXT("cuEventCreate");
  struct object *object = make(event);
  object->timed = !(flags & 2);
  *result = object;
  return success;
}

EXPORT CUresult cuEventRecord(void *handle, void *on) {
  IN_CONTEXT("cuEventRecord");
  find(on, stream);
  find(handle, event)->recorded = 1;
  return success;
}

EXPORT CUresult cuEventSynchronize(void *handle) {
  IN_CONTEXT("cuEventSynchronize");
  if (!find(handle, event)->recorded) wrong("waiting for an event that was never recorded");
  return success;
}

EXPORT CUresult cuEventElapsedTime(float *milliseconds, void *from, void *to) {
  IN_CONTEXT("cuEventElapsedTime");
  if (!find(from, event)->timed || !find(to, event)->timed) return invalid_handle;
  *milliseconds = 0.001f;
  return success;
}

EXPORT CUresult cuEventDestroy_v2(void *handle) {
  IN_CONTEXT("cuEventDestroy");
  bury(find(handle, event));
  return success;
}

EXPORT CUresult cuLaunchKernel(void *handle, unsigned blocks_x, unsigned blocks_y, unsigned blocks_z,
                               unsigned threads_x, unsigned threads_y, unsigned threads_z,
                               unsigned shared_bytes, void *on, void **arguments, void **extra) {
  IN_CONTEXT("cuLaunchKernel");
  struct object *object = find(handle, function);
  find(on, stream);
  if (extra || blocks_y * blocks_z * threads_y * threads_z != 1) wrong("a launch that no test asks for");
  if ((int)shared_bytes + 256 > object->shared_bytes && (int)shared_bytes != object->shared_bytes)
    return invalid_value;
  float *addresses[3] = {0};
  const int count = strcmp(object->entry, "scale") == 0 || strcmp(object->entry, "add") == 0 ? 3 : 2;
  for (int i = 0; i < count; ++i) {
    const CUdeviceptr address = *(CUdeviceptr *)arguments[i];
    if (!memory_at(address, sizeof(float) * blocks_x * threads_x)) return invalid_value;
    addresses[i] = (float *)(uintptr_t)address;
  }
  if (!run_kernel(object->entry, addresses, blocks_x, threads_x)) wrong("an unknown kernel");
  execute();
  return success;
}
