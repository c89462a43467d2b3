/* What the functions of device.h share: a model on a device, or fallen back to the CPU. */
#ifndef NINC_DEVICE_STATE_H
#define NINC_DEVICE_STATE_H

#include "runtime/device/device_driver.h"
#include "runtime/origin.h"

/* The model on the CPU, for a state that has fallen back. */
struct on_cpu {
  ninc_executor *team; /* NULL: one thread */
  void *memory;        /* scratch lies aligned in it */
  void *scratch;
};

struct ninc_state {
  const struct ninc_device_model *model;
  int32_t size; /* of runs */
  struct ninc_device_plan plan;
  struct ninc_device_slot *slots;
  ninc_buffer *buffers;             /* what the slots are bound to in the run that is being enqueued */
  void **addresses;                 /* of those, for a run on the CPU */
  const struct ninc_driver *driver; /* NULL: on_cpu */
  void *self;                       /* the driver's */
  struct ninc_origin origin;        /* drivers don't survive a fork */
  struct on_cpu on_cpu;
  uint64_t *ns;
  int lost;

  /* Events of commands under way: a ring. */
  int32_t first, under_way;
  int32_t *counter; /* for each event, the one of `ns` that its time belongs to */

  struct ninc_message message;
};

#endif /* NINC_DEVICE_STATE_H */
