/* Weights that lie in a file of their own beside a library, mapped when the program says so.
 *
 * The file is a header and then the numbers as kernels read them, aligned to 64 bytes. The library knows how
 * many bytes they are and their hash, and so does the header: a file of another model, or of the same
 * compiled otherwise, is refused without reading it all. */
#ifndef NINC_WEIGHTS_H
#define NINC_WEIGHTS_H

#include "runtime/ninc_model.h"

#ifdef __cplusplus
extern "C" {
#endif

#define NINC_WEIGHT_FILE_MAGIC "NINCWGT1"

enum { NINC_WEIGHT_FILE_HEADER = 64 };

struct ninc_weight_file_header {
  char magic[8];
  int64_t bytes; /* behind the header */
  uint64_t hash; /* of those */
  char unused[40];
};

/* FNV-1a over the bytes in words of eight, little-endian; what is left at the end is filled up with zeros.
 * Here, since the compiler that writes a file and the library that opens it must agree. */
static inline uint64_t ninc_weight_hash(const void *bytes, int64_t count) {
  const char *at = (const char *)bytes;
  uint64_t hash = UINT64_C(0xcbf29ce484222325);
  for (int64_t done = 0; done < count; done += 8) {
    uint64_t word = 0;
    __builtin_memcpy(&word, at + done, count - done < 8 ? (size_t)(count - done) : 8);
    hash = (hash ^ word) * UINT64_C(0x100000001b3);
  }
  return hash;
}

/* Where the numbers begin; NULL until there are some. Steps read it (codegen/library/HostSteps.cpp). */
extern const void *ninc_external_weights;

/* See ninc_model.open_weights, use_weights and close_weights. */
int ninc_open_weights(const ninc_model *model, const char *file, int check);
int ninc_use_weights(const ninc_model *model, const void *file, int64_t bytes, int check);
void ninc_close_weights(const ninc_model *model);

#ifdef __cplusplus
}
#endif
#endif /* NINC_WEIGHTS_H */
