/* Which CPU this is, as the database of tuning results names it. For the runner and for ninc alike: both must
 * say the same. */
#ifndef NINC_RUNNER_CPU_MODEL_H
#define NINC_RUNNER_CPU_MODEL_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Fills the buffer and returns it: on x86 vendor, family and model ("GenuineIntel 6.143"), on aarch64 the
 * implementer and part of CPU 0 ("0x41 0xd0c"), "unknown" where the machine doesn't tell. 40 bytes are
 * enough; less cuts the text. */
const char *ninc_cpu_model(char *buffer, size_t size);

#ifdef __cplusplus
}
#endif
#endif
