#include "tuner/runner/cpu_model.h"

#include <stdio.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>

/* Family and model in full: Intel SDM volume 2, CPUID, figure 3-6; AMD's are put together in the same way. */
const char *ninc_cpu_model(char *buffer, size_t size) {
  unsigned last_leaf, b, c, d, signature = 0;
  char vendor[13] = "";
  if (!__get_cpuid(0, &last_leaf, &b, &c, &d) || last_leaf < 1) {
    snprintf(buffer, size, "unknown");
    return buffer;
  }
  memcpy(vendor, &b, 4);
  memcpy(vendor + 4, &d, 4);
  memcpy(vendor + 8, &c, 4);
  __get_cpuid(1, &signature, &b, &c, &d);
  unsigned family = signature >> 8 & 15, model = signature >> 4 & 15;
  if (family == 6 || family == 15) model += (signature >> 16 & 15) << 4;
  if (family == 15) family += signature >> 20 & 255;
  snprintf(buffer, size, "%s %u.%u", vendor, family, model);
  return buffer;
}

#else

/* "CPU part\t: 0xd0c" -> 0xd0c, if the line has that name. */
static int read_value(const char *line, const char *name, unsigned *value) {
  const size_t length = strlen(name);
  return strncmp(line, name, length) == 0 && sscanf(line + length, " : %x", value) == 1;
}

const char *ninc_cpu_model(char *buffer, size_t size) {
  snprintf(buffer, size, "unknown");
  FILE *file = fopen("/proc/cpuinfo", "re");
  if (!file) return buffer;
  char line[512];
  unsigned implementer;
  int known = 0;
  while (fgets(line, sizeof line, file)) {
    unsigned part;
    if (!known)
      known = read_value(line, "CPU implementer", &implementer);
    else if (read_value(line, "CPU part", &part)) {
      snprintf(buffer, size, "0x%x 0x%x", implementer, part);
      break;
    }
  }
  fclose(file);
  return buffer;
}

#endif
