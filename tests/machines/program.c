/* Runs a compiled model on the images in DATA and writes what comes out, a line of eight hexadecimal digits a number,
 * through put(), which the machine's own file has. MODEL is the model's name, HEADER its header in quotes. C99 and
 * nothing of a library beside that, so that it runs wherever the model does. */
#include HEADER
#include DATA

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define M(function) JOIN(JOIN(MODEL, _), function)

void put(char c);
int run_all(void);

static void put_number(uint32_t bits) {
  for (int shift = 28; shift >= 0; shift -= 4)
    put("0123456789abcdef"[bits >> shift & 15]);
  put('\n');
}

static void put_text(const char *text) {
  for (; *text; ++text)
    put(*text);
  put('\n');
}

/* The descriptor as this compiler lays it out is as ninc has written it. */
static int descriptor_is_right(const ninc_model *model) {
  return model->abi == NINC_MODEL_ABI && model->struct_bytes == (int32_t)sizeof(ninc_model) &&
         model->n_inputs == 1 && model->inputs->bytes == 4 * INPUT_WORDS && model->scratch_alignment == 128 &&
         model->versions->n_kernels > 0 && model->versions->kernels->name != NULL && !model->close_weights;
}

int run_all(void) {
  static uint32_t outputs[2][OUTPUT_WORDS];
  const ninc_model *model = M(model)();
  if (!descriptor_is_right(model)) return put_text("the descriptor is not what the header says"), 1;
  put_text(model->target);
  void *const results[] = {outputs[0], outputs[1]};
  for (int image = 0; image < IMAGES; ++image) {
    const void *inputs[] = {images[image]};
    const int status = model->run(inputs, results, SCRATCH, NULL);
    if (status != NINC_OK) return put_text(M(strerror)(status)), 1;
    for (int32_t i = 0; i < model->n_outputs; ++i)
      for (int64_t word = 0; word < model->outputs[i].bytes / 4; ++word)
        put_number(outputs[i][word]);
  }
  return 0;
}
