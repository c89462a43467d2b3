/* Running a model on a CUDA device. Kernels get memory as addresses, which lie ready in a table; a run only
 * changes those of inputs and outputs that lie elsewhere than in the run before. */
#include "runtime/device/cuda_state.h"

static void cuda_native(const void *self, ninc_native *native) {
  const struct ninc_cuda *cu = self;
  *native = (ninc_native){NINC_DEVICE_CUDA, cu->context, (void *)(intptr_t)cu->device, cu->stream};
}

static CUstream stream_of(const struct ninc_cuda *cu, void *stream) {
  return stream ? stream : cu->stream;
}

static void cuda_end(void *self) {
  struct ninc_cuda *cu = self;
  CUcontext popped;
  cu->api.CtxPopCurrent(&popped);
}

static int cuda_begin(void *self, void *stream) {
  struct ninc_cuda *cu = self;
  const int status = ninc_cuda_check(cu, "cuCtxPushCurrent", cu->api.CtxPushCurrent(cu->context));
  if (status != NINC_OK || !stream || stream == cu->stream) return status;
  CUcontext context = NULL;
  const CUresult code = cu->api.StreamGetCtx(stream, &context);
  if (code == CUDA_SUCCESS && context == cu->context) return NINC_OK;
  cuda_end(cu);
  return ninc_fail(cu->plan->message, NINC_ERROR_DEVICE,
                   "the stream is not of this state's context (cuStreamGetCtx: %s, %d)",
                   ninc_cuda_code_name(&cu->api, code), code);
}

/* Refuses memory of the caller's that a kernel would fault on, which is the end of the context. Memory of
 * pools and of virtual addresses is of no context, and managed or pinned memory of any. A range of virtual
 * addresses is taken for mapped throughout. */
static int check_memory(const struct ninc_cuda *cu, int32_t slot, const ninc_buffer *buffer) {
  CUcontext context = NULL;
  int type = 0, managed = 0;
  CUdeviceptr start = 0;
  size_t size = 0; /* stays where the driver doesn't say */
  int attributes[] = {CU_POINTER_ATTRIBUTE_CONTEXT, CU_POINTER_ATTRIBUTE_MEMORY_TYPE,
                      CU_POINTER_ATTRIBUTE_IS_MANAGED, CU_POINTER_ATTRIBUTE_RANGE_START_ADDR,
                      CU_POINTER_ATTRIBUTE_RANGE_SIZE};
  void *values[] = {&context, &type, &managed, &start, &size};
  const CUresult code =
      cu->api.PointerGetAttributes(cu->knows_ranges ? 5 : 3, attributes, values, (CUdeviceptr)buffer->data);
  if (code == CUDA_ERROR_INVALID_VALUE || code == CUDA_ERROR_INVALID_CONTEXT ||
      (code == CUDA_SUCCESS && type == 0))
    return ninc_fail(cu->plan->message, NINC_ERROR_DEVICE,
                     "an input or output on the device is in no memory of CUDA's "
                     "(cuPointerGetAttributes: %s, %d)",
                     ninc_cuda_code_name(&cu->api, code), code);
  if (code != CUDA_SUCCESS) return ninc_cuda_check(cu, "cuPointerGetAttributes", code);
  if (type == CU_MEMORYTYPE_DEVICE && !managed && context && context != cu->context)
    return ninc_fail(cu->plan->message, NINC_ERROR_DEVICE,
                     "memory of an input or output belongs to another context");
  const int64_t bytes = cu->plan->slots[slot].bytes;
  const CUdeviceptr first = (CUdeviceptr)buffer->data + (CUdeviceptr)buffer->offset - start;
  if (size > 0 && (first > size || size - first < (size_t)bytes))
    return ninc_fail(cu->plan->message, NINC_ERROR_DEVICE,
                     "an input or output of %lld bytes is not in memory of %zu bytes at offset %lld",
                     (long long)bytes, size, (long long)first);
  return NINC_OK;
}

static int cuda_bind(void *self, int32_t slot, const ninc_buffer *buffer) {
  struct ninc_cuda *cu = self;
  const struct ninc_device_program *program = cu->plan->program;
  CUdeviceptr address = ninc_cuda_staging(cu, slot);
  if (buffer->memory == NINC_ON_DEVICE) {
    const int status = check_memory(cu, slot, buffer);
    if (status != NINC_OK) return status;
    address = (CUdeviceptr)buffer->data + (CUdeviceptr)buffer->offset;
  }
  enum { WIDEST_ACCESS = 16 }; /* of four f32 at once */
  if (address % WIDEST_ACCESS != 0)
    return ninc_fail(cu->plan->message, NINC_ERROR_MISALIGNED,
                     "an input or output on the device is not aligned to 16 bytes");
  for (int32_t i = 0; i < program->n_launches; ++i)
    for (int32_t a = 0; a < program->launches[i].n_arguments; ++a)
      if (ninc_slot_of(cu->plan, &program->launches[i].arguments[a]) == slot)
        cu->addresses[cu->first[i] + a] = address;
  return NINC_OK;
}

/* Around a command: the times at which the stream comes to it and has passed it. */
static int mark_begun(struct ninc_cuda *cu, void *stream, int32_t event) {
  if (event < 0 || !cu->begun) return NINC_OK;
  return ninc_cuda_check(cu, "cuEventRecord", cu->api.EventRecord(cu->begun[event], stream_of(cu, stream)));
}

static int mark_ended(struct ninc_cuda *cu, void *stream, int32_t event) {
  if (event < 0) return NINC_OK;
  return ninc_cuda_check(cu, "cuEventRecord", cu->api.EventRecord(cu->ended[event], stream_of(cu, stream)));
}

static int cuda_upload(void *self, void *stream, int32_t slot, const void *host, int32_t event) {
  struct ninc_cuda *cu = self;
  int status = mark_begun(cu, stream, event);
  if (status == NINC_OK)
    status = ninc_cuda_check(cu, "cuMemcpyHtoDAsync",
                             cu->api.MemcpyHtoD(ninc_cuda_staging(cu, slot), host,
                                                (size_t)cu->plan->slots[slot].bytes, stream_of(cu, stream)));
  return status == NINC_OK ? mark_ended(cu, stream, event) : status;
}

static int cuda_download(void *self, void *stream, int32_t slot, void *host, int32_t event) {
  struct ninc_cuda *cu = self;
  int status = mark_begun(cu, stream, event);
  if (status == NINC_OK)
    status = ninc_cuda_check(cu, "cuMemcpyDtoHAsync",
                             cu->api.MemcpyDtoH(host, ninc_cuda_staging(cu, slot),
                                                (size_t)cu->plan->slots[slot].bytes, stream_of(cu, stream)));
  return status == NINC_OK ? mark_ended(cu, stream, event) : status;
}

static int cuda_launch(void *self, void *stream, int32_t number, int32_t event) {
  struct ninc_cuda *cu = self;
  const struct ninc_device_launch *launch = &cu->plan->program->launches[number];
  const int status = mark_begun(cu, stream, event);
  if (status != NINC_OK) return status;
  const CUresult code = cu->api.LaunchKernel(cu->functions[number], launch->blocks[0], launch->blocks[1],
                                             launch->blocks[2], launch->threads[0], launch->threads[1],
                                             launch->threads[2], (unsigned)launch->shared_bytes,
                                             stream_of(cu, stream), &cu->parameters[cu->first[number]], NULL);
  if (code != CUDA_SUCCESS)
    return ninc_cuda_kernel_failed(cu, NINC_ERROR_DEVICE, number, "cuLaunchKernel", code);
  return mark_ended(cu, stream, event);
}

/* Streams start by themselves. */
static int cuda_submit(void *self, void *stream) {
  (void)self, (void)stream;
  return NINC_OK;
}

static int cuda_complete(void *self, int32_t event, uint64_t *ns) {
  struct ninc_cuda *cu = self;
  const int status = ninc_cuda_check(cu, "cuEventSynchronize", cu->api.EventSynchronize(cu->ended[event]));
  if (status != NINC_OK || !ns) return status;
  float milliseconds = 0;
  const CUresult code = cu->api.EventElapsedTime(&milliseconds, cu->begun[event], cu->ended[event]);
  if (code != CUDA_SUCCESS) return ninc_cuda_check(cu, "cuEventElapsedTime", code);
  *ns += (uint64_t)(milliseconds * 1e6);
  return NINC_OK;
}

static void cuda_drain(void *self, void *stream) {
  struct ninc_cuda *cu = self;
  cu->api.StreamSynchronize(stream_of(cu, stream));
}

static int cuda_read_arena(void *self, int64_t offset, int64_t bytes, void *host) {
  struct ninc_cuda *cu = self;
  const CUresult code = cu->api.MemcpyDtoH(host, cu->arena + (CUdeviceptr)offset, (size_t)bytes, cu->stream);
  if (code != CUDA_SUCCESS) return ninc_cuda_check(cu, "cuMemcpyDtoHAsync", code);
  return ninc_cuda_check(cu, "cuStreamSynchronize", cu->api.StreamSynchronize(cu->stream));
}

const struct ninc_driver ninc_cuda_driver = {
    .name = "CUDA",
    .open = ninc_cuda_create,
    .close = ninc_cuda_destroy,
    .native = cuda_native,
    .begin = cuda_begin,
    .end = cuda_end,
    .bind = cuda_bind,
    .upload = cuda_upload,
    .launch = cuda_launch,
    .download = cuda_download,
    .submit = cuda_submit,
    .complete = cuda_complete,
    .drain = cuda_drain,
    .read_arena = cuda_read_arena,
};
