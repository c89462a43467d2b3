/* How a run takes its versions, as a plain C program: a model of two targets, two sizes and groups of 4, 2
 * and 1 whose kernels keep a diary. */
#include "check.h"
#include "runtime/cpu/runtime.h"

#include <stdlib.h>
#include <string.h>

/* What the program may decide: the CPU, and the time that each kernel takes. */
static int level = 3;
static uint64_t now = 1000;

int ninc_cpu_check(int wanted) {
  return level >= wanted ? NINC_OK : NINC_ERROR_CPU;
}
uint64_t ninc_clock_ns(void) {
  return now += 5;
}

enum { most_calls = 32, elements = 4 };

struct call {
  char kernel;        /* 'a' or 'b' */
  const char *target; /* of the version that it is in */
  int size, group;
  long image; /* of the first image, counted from that of the run */
};
static struct call diary[most_calls];
static int calls, failing_call = -1;

static float x[8 * 2 * elements], y[8];
static char memory[256];

static int note(char kernel, const char *target, int size, int group, const void *const *in,
                void *const *out) {
  const long image = ((const float *)in[0] - x) / (elements * (size + 1));
  CHECK((float *)out[0] - y == image);
  CHECK(calls < most_calls);
  diary[calls] = (struct call){kernel, target, size, group, image};
  now += kernel == 'a' ? 100 : 200;
  return calls++ == failing_call ? NINC_ERROR_THREADS : NINC_OK;
}

#define KERNEL(kernel, target, text, size, group)                                                            \
  static int kernel##_##target##_##size##_##group(const void *const *in, void *const *out, void *scratch,    \
                                                  const ninc_executor *executor) {                           \
    (void)scratch, (void)executor;                                                                           \
    return note(#kernel[0], text, size, group, in, out);                                                     \
  }
#define KERNELS(target, text, size, group)                                                                   \
  KERNEL(a, target, text, size, group)                                                                       \
  KERNEL(b, target, text, size, group)                                                                       \
  static const ninc_kernel kernels_##target##_##size##_##group[] = {                                         \
      {.name = "a", .run = a_##target##_##size##_##group},                                                   \
      {.name = "b", .run = b_##target##_##size##_##group}};
#define VERSION(target, text, cpu, size, group)                                                              \
  { text, cpu, size, group, 2, kernels_##target##_##size##_##group }
#define OF_TARGET(EACH, ...)                                                                                 \
  EACH(__VA_ARGS__, 0, 4)                                                                                    \
  SEPARATOR EACH(__VA_ARGS__, 0, 2) SEPARATOR EACH(__VA_ARGS__, 0, 1) SEPARATOR EACH(__VA_ARGS__, 1, 4)      \
      SEPARATOR                                                                                              \
      EACH(__VA_ARGS__, 1, 1)

#define SEPARATOR
OF_TARGET(KERNELS, fast, "fast")
OF_TARGET(KERNELS, slow, "slow")
#undef SEPARATOR
#define SEPARATOR ,
static const ninc_version versions[] = {OF_TARGET(VERSION, fast, "fast", 3),
                                        OF_TARGET(VERSION, slow, "slow", 2)};

/* At the second size images are twice as large. */
#define TENSOR(text, count)                                                                                  \
  { .name = text, .element = NINC_F32, .rank = 3, .shape = {1, 1, count}, .bytes = 4 * (count) }
static const ninc_tensor small_in = TENSOR("x", elements), large_in = TENSOR("x", 2 * elements),
                         out = TENSOR("y", 1);
static const ninc_size sizes[] = {{&small_in, &out, 0}, {&large_in, &out, 0}};
static const ninc_model any = {.batch = 8,
                               .least_batch = 1,
                               .n_inputs = 1,
                               .n_outputs = 1,
                               .n_sizes = 2,
                               .n_versions = sizeof versions / sizeof *versions,
                               .most_kernels = 2,
                               .inputs = &small_in,
                               .outputs = &out,
                               .sizes = sizes,
                               .versions = versions,
                               .scratch_bytes = 128,
                               .scratch_alignment = 128};

static int run(const ninc_model *model, int size, int images, const ninc_executor *executor) {
  const void *in[] = {x};
  void *outs[] = {y};
  char *scratch = memory + (128 - (uintptr_t)memory % 128) % 128;
  calls = 0;
  return ninc_run(model, size, images, in, outs, scratch, executor);
}

static void images_go_through_the_largest_groups_that_fit(void) {
  CHECK(run(&any, 0, 7, NULL) == NINC_OK);
  CHECK(calls == 6);
  const int groups[] = {4, 2, 1};
  const long firsts[] = {0, 4, 6};
  for (int i = 0; i < calls; ++i) {
    CHECK(diary[i].kernel == (i % 2 == 0 ? 'a' : 'b'));
    CHECK(diary[i].group == groups[i / 2]);
    CHECK(diary[i].image == firsts[i / 2]);
    CHECK(strcmp(diary[i].target, "fast") == 0);
  }
  CHECK(run(&any, 0, 8, NULL) == NINC_OK);
  CHECK(calls == 4 && diary[2].group == 4 && diary[2].image == 4);
  CHECK(run(&any, 0, 2, NULL) == NINC_OK);
  CHECK(calls == 2 && diary[0].group == 2);
}

static void a_size_has_versions_of_its_own(void) {
  CHECK(run(&any, 1, 6, NULL) == NINC_OK);
  CHECK(calls == 6);
  CHECK(diary[0].group == 4 && diary[2].group == 1 && diary[4].group == 1);
  CHECK(diary[2].image == 4 && diary[4].image == 5);
  for (int i = 0; i < calls; ++i)
    CHECK(diary[i].size == 1);
}

static void what_the_model_does_not_offer_is_refused(void) {
  CHECK(run(&any, -1, 1, NULL) == NINC_ERROR_SIZE);
  CHECK(run(&any, 2, 1, NULL) == NINC_ERROR_SIZE);
  CHECK(run(&any, 0, 0, NULL) == NINC_ERROR_SIZE);
  CHECK(run(&any, 0, 9, NULL) == NINC_ERROR_SIZE);
  ninc_model fixed = any;
  fixed.least_batch = 8;
  CHECK(run(&fixed, 0, 7, NULL) == NINC_ERROR_SIZE);
  CHECK(run(&fixed, 0, 8, NULL) == NINC_OK);
}

static void wrong_arguments_are_refused_before_any_kernel_runs(void) {
  const void *in[] = {x}, *none[] = {NULL}, *odd[] = {(char *)x + 1};
  void *outs[] = {y};
  calls = 0;
  CHECK(ninc_run(&any, 0, 1, NULL, outs, memory, NULL) == NINC_ERROR_NULL_ARGUMENT);
  CHECK(ninc_run(&any, 0, 1, none, outs, memory, NULL) == NINC_ERROR_NULL_ARGUMENT);
  CHECK(ninc_run(&any, 0, 1, odd, outs, memory, NULL) == NINC_ERROR_MISALIGNED);
  CHECK(ninc_run(&any, 0, 1, in, NULL, memory, NULL) == NINC_ERROR_NULL_ARGUMENT);
  CHECK(ninc_run(&any, 0, 1, in, outs, NULL, NULL) == NINC_ERROR_NULL_ARGUMENT);
  CHECK(calls == 0);
}

static void the_first_failure_ends_a_run(void) {
  failing_call = 1;
  CHECK(run(&any, 0, 7, NULL) == NINC_ERROR_THREADS);
  CHECK(calls == 2);
  failing_call = -1;
}

/* A kernel takes 100 or 200 ns by this clock, and asking it 5. */
static void times_are_added_where_they_are_wanted(void) {
  uint64_t times[] = {7, 0};
  ninc_executor executor = {NULL, NULL, 1, times};
  CHECK(run(&any, 0, 7, &executor) == NINC_OK);
  CHECK(times[0] == 7 + 3 * 105 && times[1] == 3 * 205);
  executor.kernel_ns = NULL;
  const uint64_t before = now;
  CHECK(run(&any, 0, 7, &executor) == NINC_OK);
  CHECK(now == before + 3 * 300); /* nobody has asked it */
}

static void a_target_can_be_asked_for(void) {
  CHECK(strcmp(ninc_chosen_target(&any), "fast") == 0);
  CHECK(ninc_use_target(&any, "slow") == NINC_OK);
  CHECK(strcmp(ninc_chosen_target(&any), "slow") == 0);
  CHECK(run(&any, 1, 3, NULL) == NINC_OK);
  CHECK(calls == 6 && strcmp(diary[0].target, "slow") == 0 && diary[0].size == 1);
  CHECK(ninc_use_target(&any, "none") == NINC_ERROR_TARGET);
  level = 2;
  CHECK(ninc_use_target(&any, "fast") == NINC_ERROR_CPU);
  CHECK(strcmp(ninc_chosen_target(&any), "slow") == 0); /* nothing has changed */
  level = 3;
  CHECK(ninc_use_target(&any, NULL) == NINC_OK);
  CHECK(strcmp(ninc_chosen_target(&any), "fast") == 0);
}

static void sizes_are_found_by_rows_and_columns(void) {
  CHECK(ninc_size_for(&any, 1, elements) == 0);
  CHECK(ninc_size_for(&any, 1, 2 * elements) == 1);
  CHECK(ninc_size_for(&any, elements, 1) == -1);
}

/* The choice is made once a process, so each way of making it has a process of its own (see CMakeLists.txt).
 */
static int first_choice(const char *cpu) {
  level = atoi(cpu);
  const char *target = ninc_chosen_target(&any);
  const int supported = ninc_supported(&any), status = run(&any, 0, 1, NULL);
  CHECK(supported == status);
  CHECK((target != NULL) == (status == NINC_OK));
  printf("%s %d\n", target ? target : "none", status);
  return failures;
}

int main(int count, char **arguments) {
  if (count > 1) return first_choice(arguments[1]);
  images_go_through_the_largest_groups_that_fit();
  a_size_has_versions_of_its_own();
  what_the_model_does_not_offer_is_refused();
  wrong_arguments_are_refused_before_any_kernel_runs();
  the_first_failure_ends_a_run();
  times_are_added_where_they_are_wanted();
  a_target_can_be_asked_for();
  sizes_are_found_by_rows_and_columns();
  return failures;
}
