/* The memory functions that a bare machine's program brings along. */
#include <stddef.h>

void *memcpy(void *to, const void *from, size_t bytes);
void *memmove(void *to, const void *from, size_t bytes);
void *memset(void *to, int value, size_t bytes);

void *memcpy(void *to, const void *from, size_t bytes) {
  unsigned char *out = to;
  for (const unsigned char *in = from; bytes > 0; --bytes)
    *out++ = *in++;
  return to;
}

void *memmove(void *to, const void *from, size_t bytes) {
  unsigned char *out = to;
  const unsigned char *in = from;
  if (out < in) return memcpy(to, from, bytes);
  while (bytes-- > 0)
    out[bytes] = in[bytes];
  return to;
}

void *memset(void *to, int value, size_t bytes) {
  for (unsigned char *out = to; bytes > 0; --bytes)
    *out++ = (unsigned char)value;
  return to;
}
