#include "codegen/library/Header.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "codegen/library/EmbeddedRuntime.h"
#include "codegen/library/HeaderNames.h"
#include "codegen/library/InterfaceFunctions.h"
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

// What C calls the elements.
std::string_view elementWord(const TensorParameter &parameter) {
  return parameter.tensor->type.element == ElementType::i64 ? "int64_t" : "float";
}

// "const float * /* image */, float * /* prob */": parameters without names, since any name may be a keyword
// of some C or C++, or somebody's macro.
std::string tensorParameters(const std::vector<TensorParameter> &parameters) {
  std::string text;
  for (const TensorParameter &parameter : parameters)
    text += fmt::format("{}{}{} * /* {} */", text.empty() ? "" : ", ", parameter.isInput ? "const " : "",
                        elementWord(parameter), parameter.tensor->name);
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

// A name of another format, which may hold the end of a comment.
std::string inComment(std::string name) {
  for (std::size_t at = 0; (at = name.find('/', at)) != name.npos; ++at)
    if ((at > 0 && name[at - 1] == '*') || (at + 1 < name.size() && name[at + 1] == '*')) name[at] = '?';
  return name;
}

std::string documentParameter(const TensorParameter &parameter, std::int64_t batch) {
  const Shape &shape = parameter.tensor->type.shape;
  const std::string images = batch == 1 ? "" : fmt::format("[{}]", batch);
  std::string line =
      fmt::format(" *   {:<9} {} {}{}{}: {}", parameter.tensor->name, parameter.isInput ? "in, " : "out,",
                  elementWord(parameter), images, extents(shape), describeLayout(shape));
  if (batch != 1) line += fmt::format("; {} images behind one another", batch);
  if (const std::string &original = parameter.tensor->original; !original.empty())
    line += fmt::format(" (in the model's file: {})", inComment(original));
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
    arrays += fmt::format(" *     static {} {}[{}_BATCH * {}_{}_ELEMENTS];{}\n", elementWord(parameter),
                          variable(parameter), prefix, prefix, parameter.macro,
                          parameter.isInput ? " // fill it" : "");
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

// The functions of a table that are exported, each with what it does above it.
std::string declarations(std::span<const InterfaceFunction> functions, const InterfaceWords &words) {
  std::string text;
  for (const InterfaceFunction &function : functions)
    if (function.exported()) text += declarationOf(function, words);
  return text;
}

// What a library with code for devices has beside.
std::string deviceSection(const Program &program, const InterfaceWords &words,
                          const std::vector<TensorParameter> &parameters) {
  std::string targets, arguments;
  for (const Program &device : program.devices)
    targets += fmt::format("{}{} (NINC_DEVICE_{})", targets.empty() ? "" : ", ", device.gpu->name,
                           device.gpu->kind == NINC_DEVICE_CUDA ? "CUDA" : "OPENCL");
  for (const TensorParameter &parameter : parameters)
    arguments += ", " + variable(parameter);
  return fmt::format(
             "/* ---- On a device. The library has code for {2}.\n"
             " * What each function does is said at struct ninc_devices; this is the usual way:\n"
             " *\n"
             " *     char words[512] = \"\";\n"
             " *     ninc_device_options options = {{0}};\n"
             " *     options.kind = {3};\n"
             " *     options.message = words, options.message_bytes = sizeof words;\n"
             " *     ninc_state *state;\n"
             " *     int status = {0}_create(&options, &state); // slow, once\n"
             " *     if (status != NINC_OK) fprintf(stderr, \"%s: %s\\n\", {0}_strerror(status), words);\n"
             " *     else status = {0}_run_on(state{4});\n"
             " *     {0}_destroy(state);\n"
             " */\n\n"
             "#define {1}_INPUTS {5}\n"
             "#define {1}_OUTPUTS {6}\n\n",
             words.model, words.macro, targets,
             program.devices.front().gpu->kind == NINC_DEVICE_CUDA ? "NINC_DEVICE_CUDA"
                                                                   : "NINC_DEVICE_OPENCL",
             arguments, program.inputs.size(), program.outputs.size()) +
         declarations(deviceInterface(), words);
}

// Macros of the sizes: images, tensors, scratch.
std::string sizes(const Program &program, const InterfaceWords &words,
                  const std::vector<TensorParameter> &parameters) {
  std::string text = fmt::format("/* Images that one run processes. */\n"
                                 "#define {}_BATCH {}\n\n",
                                 words.macro, program.batch);
  for (const TensorParameter &parameter : parameters)
    text += macrosOf(words.macro, parameter);
  return text + fmt::format("/* What {0}_run needs to work in, for an executor of so many threads (1 without "
                            "one). The memory\n"
                            " * may be dirty, and is free for anything else between two runs. */\n"
                            "#define {1}_SCRATCH_BYTES(threads) ((size_t){2} + (size_t)(threads) * {3})\n"
                            "#define {1}_SCRATCH_ALIGNMENT {4}\n\n",
                            words.model, words.macro, program.scratchBytes, program.scratchBytesPerThread,
                            Program::scratchAlignment);
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
  const std::vector<TensorParameter> parameters = parametersOf(program);
  InterfaceWords words = {
      program.name, modelMacro(program.name), program.target.name, tensorParameters(parameters),
      {},           parameters.size()};
  for (const TensorParameter &parameter : parameters)
    words.tensorLines += documentParameter(parameter, program.batch);

  std::string text(modelHeaderText());
  if (!program.devices.empty()) text += "\n" + devicesHeaderText();
  text += fmt::format("\n/* {} itself. */\n\n", program.name) + sizes(program, words, parameters);
  text += "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n";
  text += declarations(modelInterface(), words);
  if (!program.devices.empty()) text += deviceSection(program, words, parameters);
  text += "#ifdef __cplusplus\n}\n#endif\n";
  return fmt::format(
      "/* {}: a neural network as a C library, made by ninc {} for {}. Generated: change the model instead.\n"
      " *\n"
      "{} */\n"
      "{}",
      program.name, NINC_VERSION, program.target.name, example(program, words.macro, parameters),
      guarded(program.name, text));
}

} // namespace ninc
