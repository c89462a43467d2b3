/* Running a model on an OpenCL device. A run sets only those arguments of kernels that are memory of the
 * caller's, or were in the run before. */
#include "runtime/device/opencl_state.h"

static void opencl_native(const void *self, ninc_native *native) {
  const struct ninc_opencl *cl = self;
  *native = (ninc_native){NINC_DEVICE_OPENCL, cl->context, cl->device, cl->queue};
}

static cl_command_queue queue_of(const struct ninc_opencl *cl, void *stream) {
  return stream ? stream : cl->queue;
}

static cl_event *event_of(const struct ninc_opencl *cl, int32_t event) {
  return event >= 0 ? &cl->events[event] : NULL;
}

static int opencl_begin(void *self, void *stream) {
  const struct ninc_opencl *cl = self;
  if (!stream || stream == cl->queue) return NINC_OK;
  cl_context context = NULL;
  const cl_int code = cl->api.GetCommandQueueInfo(stream, CL_QUEUE_CONTEXT, sizeof context, &context, NULL);
  if (code != CL_SUCCESS || context != cl->context)
    return ninc_fail(cl->plan->message, NINC_ERROR_DEVICE,
                     "the stream is no queue of this state's context (clGetCommandQueueInfo: %s, %d)",
                     ninc_opencl_code_name(code), (int)code);
  return NINC_OK;
}

static void opencl_end(void *self) {
  struct ninc_opencl *cl = self;
  for (int32_t i = 0; i < cl->plan->n_slots; ++i) {
    if (cl->borrowed[i]) cl->api.ReleaseMemObject(cl->borrowed[i]); /* enqueued commands keep it alive */
    cl->borrowed[i] = NULL;
  }
}

/* The object for a slot's bytes in memory of the caller's. */
static int borrow(struct ninc_opencl *cl, int32_t slot, const ninc_buffer *buffer, cl_mem *memory) {
  const int64_t bytes = cl->plan->slots[slot].bytes;
  cl_context context = NULL;
  size_t size = 0;
  cl_int code = cl->api.GetMemObjectInfo(buffer->data, CL_MEM_CONTEXT, sizeof context, &context, NULL);
  if (code == CL_SUCCESS)
    code = cl->api.GetMemObjectInfo(buffer->data, CL_MEM_SIZE, sizeof size, &size, NULL);
  if (code != CL_SUCCESS) return ninc_opencl_failed(cl, NINC_ERROR_DEVICE, "clGetMemObjectInfo", code);
  if (context != cl->context)
    return ninc_fail(cl->plan->message, NINC_ERROR_DEVICE,
                     "memory of an input or output belongs to another context");
  if (buffer->offset < 0 || buffer->offset > (int64_t)size || (int64_t)size - buffer->offset < bytes)
    return ninc_fail(cl->plan->message, NINC_ERROR_DEVICE,
                     "an input or output of %lld bytes is not in memory of %zu bytes at offset %lld",
                     (long long)bytes, size, (long long)buffer->offset);
  *memory = buffer->data;
  if (buffer->offset == 0) return NINC_OK;
  const int status = ninc_opencl_sub_buffer(cl, buffer->data, buffer->offset, bytes, &cl->borrowed[slot]);
  *memory = cl->borrowed[slot];
  return status;
}

/* Kernels with memory of the caller's are told again even if it seems to be the same as before: that may have
 * been released, and this be another object at its address. */
static int opencl_bind(void *self, int32_t slot, const ninc_buffer *buffer) {
  struct ninc_opencl *cl = self;
  const struct ninc_device_program *program = cl->plan->program;
  const char foreign = buffer->memory == NINC_ON_DEVICE;
  if (!foreign && !cl->foreign[slot]) return NINC_OK;
  cl_mem memory = cl->slots[slot];
  int status = foreign ? borrow(cl, slot, buffer, &memory) : NINC_OK;
  if (status != NINC_OK) return status;
  cl->foreign[slot] = 1;
  for (int32_t i = 0; i < program->n_launches; ++i)
    for (int32_t a = 0; a < program->launches[i].n_arguments; ++a)
      if (ninc_slot_of(cl->plan, &program->launches[i].arguments[a]) == slot) {
        status = ninc_opencl_set_memory(cl, i, a, memory);
        if (status != NINC_OK) return status;
      }
  cl->foreign[slot] = foreign;
  return NINC_OK;
}

static int opencl_upload(void *self, void *stream, int32_t slot, const void *host, int32_t event) {
  struct ninc_opencl *cl = self;
  const cl_int code =
      cl->api.EnqueueWriteBuffer(queue_of(cl, stream), cl->slots[slot], CL_FALSE, 0,
                                 (size_t)cl->plan->slots[slot].bytes, host, 0, NULL, event_of(cl, event));
  return code == CL_SUCCESS ? NINC_OK
                            : ninc_opencl_failed(cl, NINC_ERROR_DEVICE, "clEnqueueWriteBuffer", code);
}

static int opencl_download(void *self, void *stream, int32_t slot, void *host, int32_t event) {
  struct ninc_opencl *cl = self;
  const cl_int code =
      cl->api.EnqueueReadBuffer(queue_of(cl, stream), cl->slots[slot], CL_FALSE, 0,
                                (size_t)cl->plan->slots[slot].bytes, host, 0, NULL, event_of(cl, event));
  return code == CL_SUCCESS ? NINC_OK
                            : ninc_opencl_failed(cl, NINC_ERROR_DEVICE, "clEnqueueReadBuffer", code);
}

static int opencl_launch(void *self, void *stream, int32_t number, int32_t event) {
  struct ninc_opencl *cl = self;
  const struct ninc_device_launch *launch = &cl->plan->program->launches[number];
  size_t local[3], global[3];
  for (int i = 0; i < 3; ++i) {
    local[i] = launch->threads[i];
    global[i] = (size_t)launch->blocks[i] * launch->threads[i];
  }
  const cl_int code = cl->api.EnqueueNDRangeKernel(queue_of(cl, stream), cl->kernels[number], 3, NULL, global,
                                                   local, 0, NULL, event_of(cl, event));
  return code == CL_SUCCESS
             ? NINC_OK
             : ninc_opencl_kernel_failed(cl, NINC_ERROR_DEVICE, number, "clEnqueueNDRangeKernel", code);
}

static int opencl_submit(void *self, void *stream) {
  struct ninc_opencl *cl = self;
  const cl_int code = cl->api.Flush(queue_of(cl, stream));
  return code == CL_SUCCESS ? NINC_OK : ninc_opencl_failed(cl, NINC_ERROR_DEVICE, "clFlush", code);
}

/* Memory that is allocated late may be missing only now; any other failure of a command that was accepted is
 * the end of the context. */
static int wait_for(struct ninc_opencl *cl, cl_event event) {
  const cl_int waited = cl->api.WaitForEvents(1, &event);
  if (waited != CL_SUCCESS && waited != CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST)
    return ninc_opencl_failed(cl, NINC_ERROR_DEVICE_LOST, "clWaitForEvents", waited);
  cl_int outcome = CL_COMPLETE;
  const cl_int code =
      cl->api.GetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof outcome, &outcome, NULL);
  if (code != CL_SUCCESS) return ninc_opencl_failed(cl, NINC_ERROR_DEVICE_LOST, "clGetEventInfo", code);
  if (outcome < 0) return ninc_opencl_failed(cl, NINC_ERROR_DEVICE_LOST, "running a command", outcome);
  return waited == CL_SUCCESS ? NINC_OK
                              : ninc_opencl_failed(cl, NINC_ERROR_DEVICE_LOST, "clWaitForEvents", waited);
}

static int add_time(struct ninc_opencl *cl, cl_event event, uint64_t *ns) {
  cl_ulong start = 0, end = 0;
  cl_int code = cl->api.GetEventProfilingInfo(event, CL_PROFILING_COMMAND_START, sizeof start, &start, NULL);
  if (code == CL_SUCCESS)
    code = cl->api.GetEventProfilingInfo(event, CL_PROFILING_COMMAND_END, sizeof end, &end, NULL);
  if (code == CL_PROFILING_INFO_NOT_AVAILABLE) return NINC_OK; /* a caller's queue that doesn't measure */
  if (code != CL_SUCCESS) return ninc_opencl_failed(cl, NINC_ERROR_DEVICE, "clGetEventProfilingInfo", code);
  *ns += end - start;
  return NINC_OK;
}

static int opencl_complete(void *self, int32_t number, uint64_t *ns) {
  struct ninc_opencl *cl = self;
  cl_event event = cl->events[number];
  cl->events[number] = NULL;
  int status = wait_for(cl, event);
  if (status == NINC_OK && ns) status = add_time(cl, event, ns);
  cl->api.ReleaseEvent(event);
  return status;
}

static void opencl_drain(void *self, void *stream) {
  struct ninc_opencl *cl = self;
  cl->api.Finish(queue_of(cl, stream));
}

static int opencl_read_arena(void *self, int64_t offset, int64_t bytes, void *host) {
  struct ninc_opencl *cl = self;
  const cl_int code = cl->api.EnqueueReadBuffer(cl->queue, cl->arena, CL_TRUE, (size_t)offset, (size_t)bytes,
                                                host, 0, NULL, NULL);
  return code == CL_SUCCESS ? NINC_OK
                            : ninc_opencl_failed(cl, NINC_ERROR_DEVICE, "clEnqueueReadBuffer", code);
}

const struct ninc_driver ninc_opencl_driver = {
    .name = "OpenCL",
    .open = ninc_opencl_create,
    .close = ninc_opencl_destroy,
    .native = opencl_native,
    .begin = opencl_begin,
    .end = opencl_end,
    .bind = opencl_bind,
    .upload = opencl_upload,
    .launch = opencl_launch,
    .download = opencl_download,
    .submit = opencl_submit,
    .complete = opencl_complete,
    .drain = opencl_drain,
    .read_arena = opencl_read_arena,
};
