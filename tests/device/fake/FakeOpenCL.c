/* An OpenCL of one platform with one device that does what the runtime's tests need: memory is the process's,
 * commands run when they are enqueued, kernels are known by name. It fails where it is told to, and says
 * which calls were wrong or left something behind. */
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <stdint.h>

#include "FailPlan.h"

enum kind { dead, context, queue, memory, program, kernel, event };

enum { most_arguments = 8, most_bytes_at_once = 1 << 20 };

/* Every object of OpenCL is one of these. Released ones stay allocated until the end, so that a use of them
 * is seen; objects that one is made of count as users of it. */
struct object {
  enum kind kind;
  int users;
  struct object *of; /* context, a sub-buffer's buffer, a kernel's program */
  struct object *next;
  unsigned char *bytes; /* memory */
  size_t size;
  int profiling; /* queue, event */
  char entry[64];
  struct object *arguments[most_arguments];
  int set, local_set; /* arguments: bits; the local one */
  cl_int outcome;     /* event; queue: of the command that failed there, and of all behind it */
};

static struct object *all;

static struct object *as(void *handle, enum kind kind) {
  struct object *object = handle;
  for (struct object *known = all; known; known = known->next)
    if (known == object && known->kind == kind) return object;
  wrong("a call with an object that isn't there");
  static struct object nothing;
  return &nothing;
}

static void *make(enum kind kind, struct object *of) {
  struct object *object = calloc(1, sizeof *object);
  object->kind = kind;
  object->users = 1;
  object->of = of;
  if (of) ++of->users;
  object->next = all;
  all = object;
  ++live_objects;
  return object;
}

static void release(struct object *object) {
  if (object->users <= 0 || --object->users > 0) return;
  if (object->kind == memory && object->of->kind == context) free(object->bytes);
  object->kind = dead;
  --live_objects;
  if (object->of) release(object->of);
}

__attribute__((destructor)) static void free_all(void) {
  while (all) {
    struct object *next = all->next;
    free(all);
    all = next;
  }
}

static void *made(void *object, cl_int *code) {
  if (code) *code = CL_SUCCESS;
  return object;
}

static void *refused(cl_int why, cl_int *code) {
  if (code) *code = why;
  return NULL;
}

static cl_int answer(const void *value, size_t bytes, size_t room, void *where, size_t *size) {
  if (size) *size = bytes;
  if (!where) return CL_SUCCESS;
  if (room < bytes) return CL_INVALID_VALUE;
  memcpy(where, value, bytes);
  return CL_SUCCESS;
}

#define FAIL_IF_PLANNED()                                                                                    \
  do {                                                                                                       \
    const cl_int code_ = planned(__func__);                                                                  \
    if (code_) return code_;                                                                                 \
  } while (0)
#define REFUSE_IF_PLANNED()                                                                                  \
  do {                                                                                                       \
    const cl_int code_ = planned(__func__);                                                                  \
    if (code_) return refused(code_, code);                                                                  \
  } while (0)

static int the_platform, the_device;

static cl_device_fp_config fp_config;

/* What the device can do with numbers, from now on. */
EXPORT void fake_fp_config(cl_device_fp_config config) {
  fp_config = config;
}

static char build_options[256];

/* Those of the last program. */
EXPORT const char *fake_build_options(void) {
  return build_options;
}

EXPORT cl_int clGetPlatformIDs(cl_uint room, cl_platform_id *platforms, cl_uint *count) {
  FAIL_IF_PLANNED();
  if (platforms && room > 0) platforms[0] = (cl_platform_id)(void *)&the_platform;
  if (count) *count = 1;
  return CL_SUCCESS;
}

EXPORT cl_int clGetDeviceIDs(cl_platform_id platform, cl_device_type type, cl_uint room,
                             cl_device_id *devices, cl_uint *count) {
  FAIL_IF_PLANNED();
  (void)type;
  if ((void *)platform != &the_platform) wrong("an unknown platform");
  if (devices && room > 0) devices[0] = (cl_device_id)(void *)&the_device;
  if (count) *count = 1;
  return CL_SUCCESS;
}

EXPORT cl_int clGetDeviceInfo(cl_device_id device, cl_device_info which, size_t room, void *value,
                              size_t *size) {
  FAIL_IF_PLANNED();
  if ((void *)device != &the_device) wrong("an unknown device");
  const cl_uint number = which == CL_DEVICE_MEM_BASE_ADDR_ALIGN ? 1024 : 1;
  if (which == CL_DEVICE_LOCAL_MEM_SIZE || which == CL_DEVICE_GLOBAL_MEM_SIZE ||
      which == CL_DEVICE_MAX_MEM_ALLOC_SIZE) {
    const cl_ulong bytes = which == CL_DEVICE_LOCAL_MEM_SIZE    ? 1 << 15
                           : which == CL_DEVICE_GLOBAL_MEM_SIZE ? 1 << 22
                                                                : most_bytes_at_once;
    return answer(&bytes, sizeof bytes, room, value, size);
  }
  if (which == CL_DEVICE_MAX_WORK_GROUP_SIZE) {
    const size_t threads = 64;
    return answer(&threads, sizeof threads, room, value, size);
  }
  if (which == CL_DEVICE_TYPE) {
    const cl_device_type type = CL_DEVICE_TYPE_CPU;
    return answer(&type, sizeof type, room, value, size);
  }
  if (which == CL_DEVICE_SINGLE_FP_CONFIG) return answer(&fp_config, sizeof fp_config, room, value, size);
  if (which == CL_DEVICE_NAME || which == CL_DEVICE_VENDOR || which == CL_DEVICE_VERSION ||
      which == CL_DRIVER_VERSION)
    return answer("fake", sizeof "fake", room, value, size);
  return answer(&number, sizeof number, room, value, size);
}

EXPORT cl_context clCreateContext(const cl_context_properties *properties, cl_uint count,
                                  const cl_device_id *devices,
                                  void(CL_CALLBACK *notify)(const char *, const void *, size_t, void *),
                                  void *data, cl_int *code) {
  REFUSE_IF_PLANNED();
  (void)properties, (void)notify, (void)data;
  if (count != 1 || (void *)devices[0] != &the_device) wrong("a context of unknown devices");
  return made(make(context, NULL), code);
}

EXPORT cl_int clReleaseContext(cl_context handle) {
  release(as(handle, context));
  return planned(__func__);
}

EXPORT cl_command_queue clCreateCommandQueue(cl_context of, cl_device_id device,
                                             cl_command_queue_properties properties, cl_int *code) {
  REFUSE_IF_PLANNED();
  if (((struct object *)(void *)of)->kind != context) return refused(CL_INVALID_CONTEXT, code);
  if ((void *)device != &the_device) return refused(CL_INVALID_DEVICE, code);
  struct object *object = make(queue, as(of, context));
  object->profiling = (properties & CL_QUEUE_PROFILING_ENABLE) != 0;
  return made(object, code);
}

EXPORT cl_int clGetCommandQueueInfo(cl_command_queue handle, cl_command_queue_info which, size_t room,
                                    void *value, size_t *size) {
  FAIL_IF_PLANNED();
  if (which != CL_QUEUE_CONTEXT) wrong("an unknown question");
  return answer(&as(handle, queue)->of, sizeof(void *), room, value, size);
}

EXPORT cl_int clReleaseCommandQueue(cl_command_queue handle) {
  release(as(handle, queue));
  return planned(__func__);
}

EXPORT cl_program clCreateProgramWithSource(cl_context of, cl_uint count, const char **texts,
                                            const size_t *lengths, cl_int *code) {
  REFUSE_IF_PLANNED();
  if (count != 1 || lengths[0] != strlen(texts[0])) wrong("a source of another length");
  return made(make(program, as(of, context)), code);
}

EXPORT cl_int clBuildProgram(cl_program handle, cl_uint count, const cl_device_id *devices,
                             const char *options, void(CL_CALLBACK *notify)(cl_program, void *), void *data) {
  FAIL_IF_PLANNED();
  (void)count, (void)devices, (void)notify, (void)data;
  as(handle, program);
  snprintf(build_options, sizeof build_options, "%s", options);
  return CL_SUCCESS;
}

EXPORT cl_int clGetProgramBuildInfo(cl_program handle, cl_device_id device, cl_program_build_info which,
                                    size_t room, void *value, size_t *size) {
  FAIL_IF_PLANNED();
  (void)device, (void)which;
  as(handle, program);
  static const char log[] = "line 1: error: no such thing";
  return answer(log, sizeof log, room, value, size);
}

EXPORT cl_int clReleaseProgram(cl_program handle) {
  release(as(handle, program));
  return planned(__func__);
}

EXPORT cl_kernel clCreateKernel(cl_program of, const char *entry, cl_int *code) {
  REFUSE_IF_PLANNED();
  struct object *object = make(kernel, as(of, program));
  snprintf(object->entry, sizeof object->entry, "%s", entry);
  return made(object, code);
}

EXPORT cl_int clSetKernelArg(cl_kernel handle, cl_uint number, size_t bytes, const void *value) {
  FAIL_IF_PLANNED();
  struct object *object = as(handle, kernel);
  if (number >= most_arguments) {
    wrong("too many arguments");
  } else if (!value) {
    object->local_set = bytes > 0;
  } else {
    if (bytes != sizeof(cl_mem)) wrong("an argument that isn't memory");
    object->arguments[number] = as(*(cl_mem *)value, memory);
    object->set |= 1 << number;
  }
  return CL_SUCCESS;
}

EXPORT cl_int clGetKernelWorkGroupInfo(cl_kernel handle, cl_device_id device, cl_kernel_work_group_info which,
                                       size_t room, void *value, size_t *size) {
  FAIL_IF_PLANNED();
  (void)device;
  as(handle, kernel);
  const size_t threads = 64;
  const cl_ulong bytes = 16;
  return which == CL_KERNEL_WORK_GROUP_SIZE ? answer(&threads, sizeof threads, room, value, size)
                                            : answer(&bytes, sizeof bytes, room, value, size);
}

EXPORT cl_int clReleaseKernel(cl_kernel handle) {
  release(as(handle, kernel));
  return planned(__func__);
}

EXPORT cl_mem clCreateBuffer(cl_context of, cl_mem_flags flags, size_t bytes, void *host, cl_int *code) {
  REFUSE_IF_PLANNED();
  (void)flags, (void)host;
  if (bytes == 0 || bytes > most_bytes_at_once) return refused(CL_INVALID_BUFFER_SIZE, code);
  struct object *object = make(memory, as(of, context));
  object->bytes = calloc(bytes, 1);
  object->size = bytes;
  return made(object, code);
}

EXPORT cl_mem clCreateSubBuffer(cl_mem of, cl_mem_flags flags, cl_buffer_create_type type, const void *info,
                                cl_int *code) {
  REFUSE_IF_PLANNED();
  (void)flags, (void)type;
  const cl_buffer_region *region = info;
  struct object *parent = as(of, memory);
  if (parent->of->kind != context) return refused(CL_INVALID_MEM_OBJECT, code);
  if (region->size == 0 || region->origin + region->size > parent->size)
    return refused(CL_INVALID_VALUE, code);
  if (region->origin % 128 != 0) return refused(CL_MISALIGNED_SUB_BUFFER_OFFSET, code);
  struct object *object = make(memory, parent);
  object->bytes = parent->bytes + region->origin;
  object->size = region->size;
  return made(object, code);
}

EXPORT cl_int clGetMemObjectInfo(cl_mem handle, cl_mem_info which, size_t room, void *value, size_t *size) {
  FAIL_IF_PLANNED();
  struct object *object = as(handle, memory);
  if (which == CL_MEM_SIZE) return answer(&object->size, sizeof object->size, room, value, size);
  struct object *of = object->of->kind == memory ? object->of->of : object->of;
  return answer(&of, sizeof of, room, value, size);
}

EXPORT cl_int clReleaseMemObject(cl_mem handle) {
  release(as(handle, memory));
  return planned(__func__);
}

static void give_event(struct object *on, cl_event *result) {
  if (on->outcome == CL_COMPLETE) on->outcome = planned("execution");
  if (!result) return;
  struct object *object = make(event, NULL);
  object->profiling = on->profiling;
  object->outcome = on->outcome;
  *result = (cl_event)(void *)object;
}

static int copies(struct object *object, size_t offset, size_t bytes) {
  return bytes > 0 && offset <= object->size && bytes <= object->size - offset;
}

EXPORT cl_int clEnqueueWriteBuffer(cl_command_queue on, cl_mem to, cl_bool blocking, size_t offset,
                                   size_t bytes, const void *from, cl_uint count, const cl_event *wait,
                                   cl_event *result) {
  FAIL_IF_PLANNED();
  (void)count, (void)wait;
  struct object *object = as(to, memory);
  if (!copies(object, offset, bytes)) return CL_INVALID_VALUE;
  memcpy(object->bytes + offset, from, bytes);
  if (!blocking) give_event(as(on, queue), result);
  return CL_SUCCESS;
}

EXPORT cl_int clEnqueueReadBuffer(cl_command_queue on, cl_mem from, cl_bool blocking, size_t offset,
                                  size_t bytes, void *to, cl_uint count, const cl_event *wait,
                                  cl_event *result) {
  FAIL_IF_PLANNED();
  (void)count, (void)wait;
  struct object *object = as(from, memory);
  if (!copies(object, offset, bytes)) return CL_INVALID_VALUE;
  memcpy(to, object->bytes + offset, bytes);
  if (!blocking) give_event(as(on, queue), result);
  return CL_SUCCESS;
}

EXPORT cl_int clEnqueueNDRangeKernel(cl_command_queue on, cl_kernel handle, cl_uint rank,
                                     const size_t *origin, const size_t *global, const size_t *local,
                                     cl_uint count, const cl_event *wait, cl_event *result) {
  FAIL_IF_PLANNED();
  (void)rank, (void)origin, (void)count, (void)wait;
  struct object *object = as(handle, kernel);
  if (!object->local_set) return CL_INVALID_KERNEL_ARGS;
  float *addresses[most_arguments] = {0};
  for (int i = 0; i < most_arguments; ++i)
    if (object->set & 1 << i) addresses[i] = (float *)(void *)as(object->arguments[i], memory)->bytes;
  if (!run_kernel(object->entry, addresses, (unsigned)(global[0] / local[0]), (unsigned)local[0]))
    wrong("an unknown kernel");
  give_event(as(on, queue), result);
  return CL_SUCCESS;
}

EXPORT cl_int clFlush(cl_command_queue handle) {
  FAIL_IF_PLANNED();
  as(handle, queue);
  return CL_SUCCESS;
}

EXPORT cl_int clFinish(cl_command_queue handle) {
  FAIL_IF_PLANNED();
  as(handle, queue);
  return CL_SUCCESS;
}

EXPORT cl_int clWaitForEvents(cl_uint count, const cl_event *events) {
  FAIL_IF_PLANNED();
  cl_int code = CL_SUCCESS;
  for (cl_uint i = 0; i < count; ++i)
    if (as(events[i], event)->outcome < 0) code = CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST;
  return code;
}

EXPORT cl_int clGetEventInfo(cl_event handle, cl_event_info which, size_t room, void *value, size_t *size) {
  FAIL_IF_PLANNED();
  if (which != CL_EVENT_COMMAND_EXECUTION_STATUS) wrong("an unknown question");
  return answer(&as(handle, event)->outcome, sizeof(cl_int), room, value, size);
}

EXPORT cl_int clGetEventProfilingInfo(cl_event handle, cl_profiling_info which, size_t room, void *value,
                                      size_t *size) {
  FAIL_IF_PLANNED();
  if (!as(handle, event)->profiling) return CL_PROFILING_INFO_NOT_AVAILABLE;
  const cl_ulong time = which == CL_PROFILING_COMMAND_END ? 1500 : 500;
  return answer(&time, sizeof time, room, value, size);
}

EXPORT cl_int clReleaseEvent(cl_event handle) {
  release(as(handle, event));
  return planned(__func__);
}
