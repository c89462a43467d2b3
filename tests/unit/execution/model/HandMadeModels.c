/* Libraries that say they are compiled models, each with something wrong; which, the build says
 * (tests/CMakeLists.txt). The model itself is y = x on two numbers. */
#include "runtime/ninc_model.h"

#ifndef MODEL_ABI
#define MODEL_ABI NINC_MODEL_ABI
#endif
#ifndef SUPPORTED
#define SUPPORTED NINC_OK
#endif
#ifndef RUN_STATUS
#define RUN_STATUS NINC_OK
#endif

static const ninc_tensor input = {"x", NINC_F32, 1, {2}, {1}, 8}, output = {"y", NINC_F32, 1, {2}, {1}, 8};

static int run(const void *const *inputs, void *const *outputs, void *scratch,
               const ninc_executor *executor) {
  (void)scratch, (void)executor;
  for (int i = 0; i < 2; ++i)
    ((float *)outputs[0])[i] = ((const float *)inputs[0])[i];
  return RUN_STATUS;
}

static int supported(void) {
  return SUPPORTED;
}
static const char *what(int status) {
  return status == NINC_ERROR_CPU ? "wrong CPU" : "it went wrong";
}

/* No threads to be had. */
static ninc_executor *no_team(int32_t threads, int *status) {
  (void)threads;
  *status = NINC_ERROR_THREADS;
  return 0;
}
static void destroy(ninc_executor *team) {
  (void)team;
}

static const int32_t result_output = 0;
static const int64_t result_offset = -1;
static const ninc_kernel kernel = {"y", "relu", "", 0, 16, 1, &output, &result_output, &result_offset, run};

static int run_batch(int32_t size, int32_t images, const void *const *inputs, void *const *outputs,
                     void *scratch, const ninc_executor *executor) {
  (void)size, (void)images;
  return run(inputs, outputs, scratch, executor);
}
static const char *chosen(void) {
  return "any";
}
static int use(const char *target) {
  (void)target;
  return NINC_OK;
}

static const ninc_size size = {&input, &output, 0};
static const ninc_version version = {"any", 0, 0, 1, 1, &kernel};

const ninc_model *ninc_model_v1(void);
const ninc_model *ninc_model_v1(void) {
  static const ninc_model model = {.abi = MODEL_ABI,
                                   .struct_bytes = sizeof(ninc_model),
                                   .name = "hand_made",
                                   .compiler = "a person",
                                   .target = "any",
                                   .batch = 1,
                                   .least_batch = 1,
                                   .n_inputs = 1,
                                   .n_outputs = 1,
                                   .n_sizes = 1,
                                   .n_versions = 1,
                                   .most_kernels = 1,
                                   .inputs = &input,
                                   .outputs = &output,
                                   .sizes = &size,
                                   .versions = &version,
                                   .scratch_alignment = 64,
                                   .supported = supported,
                                   .run = run,
                                   .strerror = what,
                                   .team_create = no_team,
                                   .team_destroy = destroy,
                                   .run_batch = run_batch,
                                   .chosen_target = chosen,
                                   .use_target = use};
  return &model;
}
