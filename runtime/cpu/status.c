/* The texts behind M_strerror. */
#include "runtime/cpu/runtime.h"
#include "runtime/ninc_devices.h"

const char *ninc_status_text(int status) {
  switch (status) {
  case NINC_OK:
    return "success";
  case NINC_ERROR_NULL_ARGUMENT:
    return "an input, an output or the scratch is NULL";
  case NINC_ERROR_MISALIGNED:
    return "the scratch or a tensor is not aligned as the model asks for";
  case NINC_ERROR_CPU:
    return "this CPU lacks instructions that the model was compiled for";
  case NINC_ERROR_THREADS:
    return "a thread team could not be made, or the executor reported a failure";
  case NINC_ERROR_MEMORY:
    return "out of memory";
  case NINC_ERROR_SIZE:
    return "the model has no such size, or doesn't take so many images";
  case NINC_ERROR_TARGET:
    return "the model has no code for the target that is asked for";
  case NINC_ERROR_WEIGHTS:
    return "the model's weights are in a file that isn't open, can't be read, or is another model's";
  case NINC_ERROR_NO_DEVICE_CODE:
    return "the model was not compiled for this kind of device";
  case NINC_ERROR_NO_DRIVER:
    return "the device's driver can't be opened or doesn't get ready";
  case NINC_ERROR_NO_DEVICE:
    return "there is no such device";
  case NINC_ERROR_DEVICE_MEMORY:
    return "the device has no memory left";
  case NINC_ERROR_DEVICE_BUILD:
    return "the driver can't make the kernels for the device";
  case NINC_ERROR_DEVICE_LOST:
    return "the device or its context has failed";
  case NINC_ERROR_DEVICE:
    return "the driver refuses";
  default:
    return "unknown status";
  }
}
