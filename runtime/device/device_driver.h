/* What device.c asks of a driver, and what it hands it. Internal: opencl.c and cuda.c implement it.
 *
 * Commands are enqueued in order on a stream of the driver's (NULL: the state's own). Where device.c wants to
 * know later when one is done, or how long it took, it gives the command an event: a number in [0, events)
 * that is free until the command is enqueued and again after `complete`. */
#ifndef NINC_DEVICE_DRIVER_H
#define NINC_DEVICE_DRIVER_H

#include "runtime/device/device.h"

/* The words about a failure. The first one after `told` was cleared stays: what comes later is usually its
 * consequence. */
struct ninc_message {
  int told;
  char text[8192]; /* a build log is cut off here */
};

/* Writes the words, as printf does, and returns the status. */
__attribute__((format(printf, 3, 4))) int ninc_fail(struct ninc_message *message, int status,
                                                    const char *format, ...);

/* Where an input or output lies in the staging: memory of the state's own for those that are the host's. */
struct ninc_device_slot {
  int64_t offset, bytes; /* of the whole batch */
};

/* All that a driver needs to know. The state owns it and keeps it in place for the driver's life. */
struct ninc_device_plan {
  const struct ninc_device_program *program;
  const ninc_device_options *options; /* of create; NULL after `open` */
  struct ninc_message *message;       /* where every function below leaves its words */
  int32_t n_inputs, n_slots;
  const struct ninc_device_slot *slots; /* inputs, then outputs */
  /* Three allocations, since a device may allow far less at once than it has. None is of 0 bytes. */
  int64_t arena_bytes, staging_bytes, weight_bytes;
  int32_t events;
  int profiling; /* events know times */
};

/* The slot that an argument means, or -1 for the arena and the weights. */
static inline int32_t ninc_slot_of(const struct ninc_device_plan *plan,
                                   const struct ninc_device_argument *argument) {
  if (argument->base == NINC_BASE_INPUT) return argument->index;
  if (argument->base == NINC_BASE_OUTPUT) return plan->n_inputs + argument->index;
  return -1;
}

/* What it means that the driver calls a context, or something that was made in it, invalid: while a state is
 * made in the caller's context, that this never was one, or hasn't this device; else that it is no more. */
static inline int ninc_invalid_context(const struct ninc_device_plan *plan) {
  return plan->options && plan->options->context ? NINC_ERROR_DEVICE : NINC_ERROR_DEVICE_LOST;
}

/* All return an enum ninc_status, NINC_ERROR_DEVICE_LOST if the device can't be used any more. */
struct ninc_driver {
  const char *name; /* "OpenCL" */

  /* Everything that is slow: library, device, kernels, memory, upload of the weights (finished on return).
   * On failure nothing is left behind and *self is as it was. */
  int (*open)(const struct ninc_device_plan *plan, void **self);
  void (*close)(void *self); /* nothing is under way */
  void (*native)(const void *self, ninc_native *native);

  /* Around any of the calls below, in one thread: `end` follows a `begin` that gave NINC_OK. Refuses a stream
   * of another context. */
  int (*begin)(void *self, void *stream);
  void (*end)(void *self);

  /* Which memory launches take for a slot from now on: a buffer on the device, until `end`, or the staging
   * for one in host memory. Copies are between the staging and the host. */
  int (*bind)(void *self, int32_t slot, const ninc_buffer *buffer);

  /* Commands. `event` is -1 for none; where a command fails, its event stays free. */
  int (*upload)(void *self, void *stream, int32_t slot, const void *host, int32_t event);
  int (*launch)(void *self, void *stream, int32_t launch, int32_t event);
  int (*download)(void *self, void *stream, int32_t slot, void *host, int32_t event);
  int (*submit)(void *self, void *stream); /* commands start without anybody waiting for them */

  /* Waits for the event's command and frees the event, also on failure; gives that command's failure. Adds
   * its time to *ns, which is NULL without profiling. */
  int (*complete)(void *self, int32_t event, uint64_t *ns);
  /* Waits until nothing is under way on the stream, or the device is lost. */
  void (*drain)(void *self, void *stream);
  /* On the state's own stream; waits. */
  int (*read_arena)(void *self, int64_t offset, int64_t bytes, void *host);
};

extern const struct ninc_driver ninc_opencl_driver, ninc_cuda_driver;

#endif /* NINC_DEVICE_DRIVER_H */
