#include "codegen/library/Header.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "codegen/library/EmbeddedRuntime.h"
#include "codegen/library/HeaderNames.h"
#include "ir/ModelName.h"
#include "support/Hash.h"

namespace ninc {

namespace {

struct TensorParameter {
  const NamedTensor *tensor;
  bool isInput;
  std::string macro; // the part of a macro's name that stands for the tensor
};

std::vector<TensorParameter> parametersOf(const Program &program) {
  std::vector<TensorParameter> parameters;
  for (const NamedTensor &tensor : program.inputs)
    parameters.push_back({&tensor, true, {}});
  for (const NamedTensor &tensor : program.outputs)
    parameters.push_back({&tensor, false, {}});
  std::vector<std::string> names;
  for (const TensorParameter &parameter : parameters)
    names.push_back(parameter.tensor->name);
  const std::vector<std::string> macros = tensorMacros(names);
  for (std::size_t i = 0; i < parameters.size(); ++i)
    parameters[i].macro = macros[i];
  return parameters;
}

// A tensor's variable in an example; no keyword ends so.
std::string variable(const TensorParameter &parameter) {
  return parameter.tensor->name + "_data";
}

// "const float * /* image */, float * /* prob */": parameters without names, since any name may be a keyword
// of some C or C++, or somebody's macro.
std::string tensorParameters(const std::vector<TensorParameter> &parameters) {
  std::string text;
  for (const TensorParameter &parameter : parameters)
    text += fmt::format("{}{}float * /* {} */", text.empty() ? "" : ", ", parameter.isInput ? "const " : "",
                        parameter.tensor->name);
  return text;
}

std::string describeLayout(const Shape &shape) {
  switch (shape.size()) {
  case 1:
    return fmt::format("{} numbers", shape[0]);
  case 3:
    return fmt::format("{} channels of {} rows and {} columns, in this order (row-major)", shape[0], shape[1],
                       shape[2]);
  default:
    return "row-major";
  }
}

std::string extents(const Shape &shape) {
  return fmt::format("[{}]", fmt::join(shape, "]["));
}

std::string documentParameter(const TensorParameter &parameter, std::int64_t batch) {
  const Shape &shape = parameter.tensor->type.shape;
  const std::string images = batch == 1 ? "" : fmt::format("[{}]", batch);
  std::string line =
      fmt::format(" *   {:<9} {} float{}{}: {}", parameter.tensor->name, parameter.isInput ? "in, " : "out,",
                  images, extents(shape), describeLayout(shape));
  if (batch != 1) line += fmt::format("; {} images behind one another", batch);
  return line + "\n";
}

std::string macrosOf(const std::string &prefix, const TensorParameter &parameter) {
  const TensorType &type = parameter.tensor->type;
  const std::string macro = prefix + "_" + parameter.macro;
  return fmt::format("/* {} {}, one image. */\n"
                     "#define {}_RANK {}\n"
                     "#define {}_SHAPE {{{}}}\n"
                     "#define {}_ELEMENTS {}\n"
                     "#define {}_BYTES {}\n\n",
                     parameter.isInput ? "Input" : "Output", parameter.tensor->name, macro, type.shape.size(),
                     macro, fmt::join(type.shape, ", "), macro, elementCount(type.shape), macro,
                     byteCount(type));
}

// A whole function, so that it can be copied out and compiled (a test does).
std::string example(const Program &program, const std::string &prefix,
                    const std::vector<TensorParameter> &parameters) {
  std::string arrays, arguments;
  for (const TensorParameter &parameter : parameters) {
    arrays += fmt::format(" *     static float {}[{}_BATCH * {}_{}_ELEMENTS];{}\n", variable(parameter),
                          prefix, prefix, parameter.macro, parameter.isInput ? " // fill it" : "");
    arguments += variable(parameter) + ", ";
  }
  return fmt::format(
      " *     // #include <stdio.h>, <stdlib.h>\n"
      "{0}"
      " *     ninc_executor *team = {1}_team_create(2, NULL); // or NULL: no threads but this\n"
      " *     void *scratch = aligned_alloc({2}_SCRATCH_ALIGNMENT, {2}_SCRATCH_BYTES(2));\n"
      " *     int status = {1}_run({3}scratch, team);\n"
      " *     if (status != NINC_OK) fprintf(stderr, \"%s\\n\", {1}_strerror(status));\n"
      " *     free(scratch);\n"
      " *     {1}_team_destroy(team);\n",
      arrays, program.name, prefix, arguments);
}

// What a library with code for devices has beside.
std::string deviceInterface(const Program &program, const std::string &prefix,
                            const std::vector<TensorParameter> &parameters) {
  std::string targets, arguments;
  for (const Program &device : program.devices)
    targets += fmt::format("{}{} (NINC_DEVICE_{})", targets.empty() ? "" : ", ", device.gpu->name,
                           device.gpu->api == GpuApi::cuda ? "CUDA" : "OPENCL");
  for (const TensorParameter &parameter : parameters)
    arguments += ", " + variable(parameter);
  return fmt::format(
      "/* ---- On a device. The library has code for {3}.\n"
      " * What each function does is said at struct ninc_devices; this is the usual way:\n"
      " *\n"
      " *     char words[512] = \"\";\n"
      " *     ninc_device_options options = {{0}};\n"
      " *     options.kind = {4};\n"
      " *     options.message = words, options.message_bytes = sizeof words;\n"
      " *     ninc_state *state;\n"
      " *     int status = {0}_create(&options, &state); // slow, once\n"
      " *     if (status != NINC_OK) fprintf(stderr, \"%s: %s\\n\", {0}_strerror(status), words);\n"
      " *     else status = {0}_run_on(state{5});\n"
      " *     {0}_destroy(state);\n"
      " */\n\n"
      "#define {1}_INPUTS {6}\n"
      "#define {1}_OUTPUTS {7}\n\n"
      "/* Opens the driver and the device, compiles the kernels, uploads the weights. */\n"
      "int {0}_create(const ninc_device_options * /* options */, ninc_state ** /* state */);\n\n"
      "/* Waits for what is enqueued and frees everything. NULL is allowed. */\n"
      "void {0}_destroy(ninc_state * /* state */);\n\n"
      "/* Runs the network on the device with tensors in host memory, as {0}_run has them, and waits. */\n"
      "int {0}_run_on(ninc_state * /* state */, {2});\n\n"
      "/* Enqueues a run on tensors in host or device memory, each [batch, shape...]; doesn't wait. "
      "`stream`: a\n"
      " * cl_command_queue or CUstream; NULL: the state's own. */\n"
      "int {0}_enqueue(ninc_state * /* state */, const ninc_buffer * /* inputs */,\n"
      "    const ninc_buffer * /* outputs */, void * /* stream */);\n\n"
      "/* Waits for all that is enqueued; the first failure of it, if any. */\n"
      "int {0}_wait(ninc_state * /* state */);\n\n"
      "/* The driver's words about the last failure; \"\" without one. Valid until the state's next call. "
      "*/\n"
      "const char *{0}_message(const ninc_state * /* state */);\n\n"
      "/* The driver's objects behind the state. */\n"
      "int {0}_native(const ninc_state * /* state */, ninc_native * /* native */);\n\n",
      program.name, prefix, tensorParameters(parameters), targets,
      program.devices.front().gpu->api == GpuApi::cuda ? "NINC_DEVICE_CUDA" : "NINC_DEVICE_OPENCL", arguments,
      program.inputs.size(), program.outputs.size());
}

// Once in a file, whoever includes it. Another model of the same name has the same functions and other sizes,
// so the guard's value tells what it guards.
std::string guarded(const std::string &model, const std::string &text) {
  return fmt::format("#ifdef NINC_MODEL_{0}_H\n"
                     "#if NINC_MODEL_{0}_H != {1}\n"
                     "#error \"headers of two different models called '{0}' are included in one file\"\n"
                     "#endif\n"
                     "#else\n"
                     "#define NINC_MODEL_{0}_H {1}\n\n"
                     "{2}"
                     "#endif /* NINC_MODEL_{0}_H */\n",
                     model, fmt::format("0x{:08x}u", fnv1a(text) & 0xffffffff), text);
}

} // namespace

Result<std::string> generateHeader(const Program &program) {
  if (Result<void> fits = checkModelName(program.name); !fits) return tl::unexpected(fits.error());
  const std::string prefix = modelMacro(program.name), &name = program.name;
  const std::vector<TensorParameter> parameters = parametersOf(program);

  std::string text(modelHeaderText());
  if (!program.devices.empty()) text += "\n" + devicesHeaderText();
  text += fmt::format("\n/* {0} itself. */\n\n"
                      "/* Images that one run processes. */\n"
                      "#define {1}_BATCH {2}\n\n",
                      name, prefix, program.batch);
  for (const TensorParameter &parameter : parameters)
    text += macrosOf(prefix, parameter);
  text += fmt::format(
      "/* What {0}_run needs to work in, for an executor of so many threads (1 without one). The memory\n"
      " * may be dirty, and is free for anything else between two runs. */\n"
      "#define {1}_SCRATCH_BYTES(threads) ((size_t){2} + (size_t)(threads) * {3})\n"
      "#define {1}_SCRATCH_ALIGNMENT {4}\n\n",
      name, prefix, program.scratchBytes, program.scratchBytesPerThread, Program::scratchAlignment);
  text += "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n/* Runs the network.\n";
  for (const TensorParameter &parameter : parameters)
    text += documentParameter(parameter, program.batch);
  text += fmt::format(
      " *   scratch   {1}_SCRATCH_BYTES(executor ? executor->threads : 1) bytes, aligned to "
      "{1}_SCRATCH_ALIGNMENT\n"
      " *   executor  who runs its loops; NULL: the calling thread\n"
      " * Inputs, outputs and scratch are memory apart from one another. Returns NINC_OK or another "
      "ninc_status;\n"
      " * the outputs are then undefined. Allocates nothing and takes no lock. Callable from several threads "
      "at\n"
      " * once, each with its own outputs, scratch and executor. Stack: at most NINC_STACK_BYTES({5}). */\n"
      "int {0}_run({2}, void * /* scratch */, const ninc_executor * /* executor */);\n\n"
      "/* The model as data: names, shapes, kernels, and the functions below. Never NULL. */\n"
      "const ninc_model *{0}_model(void);\n\n"
      "/* NINC_OK, or NINC_ERROR_CPU if this CPU lacks instructions of {3}. */\n"
      "int {0}_supported(void);\n\n"
      "/* What a status means: a constant text. */\n"
      "const char *{0}_strerror(int /* status */);\n\n"
      "/* A team of so many threads, the caller of {0}_run being one of them; used by one run at a time, by "
      "any\n"
      " * model. NULL if it can't be made, the reason in *status (which may be NULL). */\n"
      "ninc_executor *{0}_team_create(int32_t /* threads */, int * /* status */);\n\n"
      "/* Ends the team's threads. NULL is allowed. A child of fork may run with its parent's team, in the "
      "calling\n"
      " * thread, and destroys its copy of it here; see fork above. */\n"
      "void {0}_team_destroy(ninc_executor * /* team */);\n\n"
      "{4}"
      "#ifdef __cplusplus\n}}\n#endif\n",
      name, prefix, tensorParameters(parameters), program.target.name,
      program.devices.empty() ? "" : deviceInterface(program, prefix, parameters), parameters.size());
  return fmt::format(
      "/* {}: a neural network as a C library, made by ninc {} for {}. Generated: change the model instead.\n"
      " *\n"
      "{} */\n"
      "{}",
      name, NINC_VERSION, program.target.name, example(program, prefix, parameters), guarded(name, text));
}

} // namespace ninc
