#define _GNU_SOURCE
#include "tuner/runner/report.h"

#include <string.h>
#include <time.h>

/* Bytes of the well-formed UTF-8 character at the beginning of a text; 0 if there is none (Unicode 15,
 * table 3-7). */
static int character_bytes(const unsigned char *text) {
  const unsigned char first = text[0];
  if (first < 0x80) return 1;
  const int bytes = first >= 0xC2 && first <= 0xDF   ? 2
                    : first >= 0xE0 && first <= 0xEF ? 3
                    : first >= 0xF0 && first <= 0xF4 ? 4
                                                     : 0;
  for (int i = 1; i < bytes; ++i)
    if ((text[i] & 0xC0) != 0x80) return 0;
  if ((first == 0xE0 && text[1] < 0xA0) || (first == 0xED && text[1] > 0x9F) ||
      (first == 0xF0 && text[1] < 0x90) || (first == 0xF4 && text[1] > 0x8F))
    return 0;
  return bytes;
}

static void print_string(FILE *file, const char *text) {
  fputc('"', file);
  for (const unsigned char *next = (const unsigned char *)text; *next;) {
    const int bytes = character_bytes(next);
    if (bytes == 0)
      fputs("\\ufffd", file);
    else if (*next < 0x20 || *next == 0x7F)
      fprintf(file, "\\u%04x", *next);
    else {
      if (*next == '"' || *next == '\\') fputc('\\', file);
      fwrite(next, 1, (size_t)bytes, file);
    }
    next += bytes > 0 ? bytes : 1;
  }
  fputc('"', file);
}

static void print_member(FILE *file, const char *name, const char *text) {
  fprintf(file, "\"%s\":", name);
  print_string(file, text);
  fputc(',', file);
}

static const char *comma(int32_t i) {
  return i > 0 ? "," : "";
}

static void print_errors(FILE *file, const struct results *results) {
  const double largest = 3.4e38;
  for (int32_t c = 0; c < results->n_checked; ++c) {
    fprintf(file, "%s[", comma(c));
    for (int32_t o = 0; o < results->n_outputs; ++o) {
      const double error = results->errors[(size_t)c * (size_t)results->n_outputs + (size_t)o];
      fprintf(file, "%s%.9g", comma(o), error < largest ? error : largest); /* also for NaN */
    }
    fputc(']', file);
  }
}

static void print_numbers(FILE *file, const uint64_t *numbers, int32_t count) {
  fputc('[', file);
  for (int32_t i = 0; i < count; ++i)
    fprintf(file, "%s%llu", comma(i), (unsigned long long)numbers[i]);
  fputc(']', file);
}

static void print_times(FILE *file, const struct results *results) {
  for (int32_t c = 0; results->rounds > 0 && c < results->n_candidates; ++c) {
    fputs(comma(c), file);
    print_numbers(file, results->times_ns + (size_t)c * (size_t)results->rounds, results->rounds);
  }
}

static void print_kernels(FILE *file, const struct results *results) {
  for (int32_t c = 0; results->n_kernels && c < results->n_candidates; ++c) {
    const int32_t n_kernels = results->n_kernels[c];
    fprintf(file, "%s[", comma(c));
    for (int32_t r = 0; r < results->rounds; ++r) {
      fputs(comma(r), file);
      print_numbers(file, results->kernel_ns[c] + (size_t)r * (size_t)n_kernels, n_kernels);
    }
    fputc(']', file);
  }
}

void report(FILE *file, const char *label, const char *cpu, const struct results *results) {
  fputs("{\"runner\":1,", file);
  print_member(file, "label", label);
  print_member(file, "cpu", cpu);
  print_member(file, "outcome", outcome_name(results->verdict.outcome));
  fprintf(file, "\"candidate\":%d,", results->verdict.candidate);
  print_member(file, "detail", results->verdict.detail);
  fputs("\"errors\":[", file);
  print_errors(file, results);
  fputs("],\"times_ns\":[", file);
  print_times(file, results);
  fputs("],\"kernels_ns\":[", file);
  print_kernels(file, results);
  char date[32];
  const time_t now = time(NULL);
  struct tm utc;
  strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
  fprintf(file, "],\"date\":\"%s\"}\n", date);
}
