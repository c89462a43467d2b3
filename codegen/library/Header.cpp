#include "codegen/library/Header.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "codegen/library/EmbeddedRuntime.h"
#include "codegen/library/HeaderCxx.h"
#include "codegen/library/HeaderNames.h"
#include "codegen/library/InterfaceFunctions.h"
#include "ir/ModelName.h"
#include "support/Hash.h"

namespace ninc {

namespace {

struct TensorParameter {
  const NamedTensor *tensor; // of the first size
  bool isInput;
  std::vector<const TensorType *> types; // of each size
  std::string macro;                     // the part of a macro's name that stands for the tensor

  std::int64_t mostElements() const {
    std::int64_t most = 0;
    for (const TensorType *type : types)
      most = std::max(most, elementCount(type->shape));
    return most;
  }
};

std::vector<TensorParameter> parametersOf(const Interface &interface) {
  std::vector<TensorParameter> parameters;
  const auto add = [&](std::vector<NamedTensor> Size::*list, bool areInputs) {
    for (std::size_t i = 0; i < (interface.sizes.front().*list).size(); ++i) {
      TensorParameter parameter{&(interface.sizes.front().*list)[i], areInputs, {}, {}};
      for (const Size &size : interface.sizes)
        parameter.types.push_back(&(size.*list)[i].type);
      parameters.push_back(std::move(parameter));
    }
  };
  add(&Size::inputs, true);
  add(&Size::outputs, false);
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
  switch (parameter.tensor->type.element) {
  case ElementType::i64:
    return "int64_t";
  case ElementType::u8:
    return "uint8_t";
  case ElementType::f32:
  case ElementType::f16:
    break;
  }
  return "float";
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

std::string describeLayout(const TensorType &type) {
  const Shape &shape = type.shape;
  if (type.layout == Layout::hwc)
    return fmt::format("{} rows of {} pixels, the {} channels of a pixel next to one another", shape[1],
                       shape[2], shape[0]);
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

// What the model does to an input's numbers itself, so that the application doesn't: "(x - mean) * scale".
std::string describePreprocessing(const Preprocessing &preprocessing) {
  if (isNone(preprocessing)) return "";
  Preprocessing numbers = preprocessing;
  numbers.reversed = false;
  std::string text = "; as they are: the model itself ";
  if (preprocessing.reversed) text += "turns the order of the channels round";
  if (isNone(numbers)) return text;
  if (preprocessing.reversed) text += " and ";
  const std::string_view value = preprocessing.unit ? "(x / 255 - mean)" : "(x - mean)";
  return text + fmt::format("computes {} {}, {}", value, preprocessing.divides ? "/ std" : "* scale",
                            toString(numbers));
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

// "[3][224][224]", or what there is of each size.
std::string extentsOf(const TensorParameter &parameter) {
  const Shape first = shapeInMemory(*parameter.types.front());
  if (std::ranges::all_of(parameter.types,
                          [&](const TensorType *type) { return shapeInMemory(*type) == first; }))
    return extents(first);
  std::vector<std::string> all;
  for (const TensorType *type : parameter.types)
    all.push_back(extents(shapeInMemory(*type)));
  return fmt::format("{}", fmt::join(all, " or "));
}

std::string documentParameter(const TensorParameter &parameter, std::int64_t batch) {
  const TensorType &type = parameter.tensor->type;
  const bool isInterleaved = type.layout == Layout::hwc;
  const std::string images = batch == 1 ? "" : fmt::format("[{}]", batch);
  const bool isOneShape = parameter.types.size() == 1;
  std::string line =
      fmt::format(" *   {:<9} {} {}{}{}: {}", parameter.tensor->name, parameter.isInput ? "in, " : "out,",
                  elementWord(parameter), images, extentsOf(parameter),
                  isOneShape      ? describeLayout(type)
                  : isInterleaved ? "rows, columns, channels"
                                  : "row-major");
  if (batch != 1) line += fmt::format("; {} images behind one another", batch);
  line += describePreprocessing(type.preprocessing);
  if (const std::string &original = parameter.tensor->original; !original.empty())
    line += fmt::format(" (in the model's file: {})", inComment(original));
  return line + "\n";
}

// {3, 224, 224}
std::string inBraces(const Shape &shape) {
  return fmt::format("{{{}}}", fmt::join(shape, ", "));
}

std::string macrosOf(const std::string &prefix, const TensorParameter &parameter) {
  const std::string macro = prefix + "_" + parameter.macro;
  std::vector<std::string> shapes;
  for (const TensorType *type : parameter.types)
    shapes.push_back(inBraces(shapeInMemory(*type)));
  const bool severalSizes = shapes.size() > 1;
  return fmt::format(
      "/* {} {}, one image{}. */\n"
      "#define {}_RANK {}\n"
      "#define {}_{}\n"
      "#define {}_ELEMENTS {}\n"
      "#define {}_BYTES {}\n\n",
      parameter.isInput ? "Input" : "Output", parameter.tensor->name,
      severalSizes ? "; elements and bytes of the largest size" : "", macro,
      parameter.tensor->type.shape.size(), macro,
      severalSizes ? fmt::format("SHAPES {{{}}}", fmt::join(shapes, ", ")) : "SHAPE " + shapes.front(), macro,
      parameter.mostElements(), macro,
      parameter.mostElements() * static_cast<std::int64_t>(bytesOf(parameter.tensor->type.element)));
}

// "224X320" of each size's first map, the same for two of them where they differ in something else.
std::vector<std::string> extentsOfMaps(const std::vector<TensorParameter> &parameters) {
  std::vector<std::string> words;
  for (const TensorParameter &parameter : parameters) {
    if (!parameter.isInput || parameter.tensor->type.shape.size() < 3) continue;
    for (const TensorType *type : parameter.types)
      words.push_back(fmt::format("{}X{}", *(type->shape.end() - 2), type->shape.back()));
    break;
  }
  return words;
}

// How many sizes there are, and their numbers by name.
std::string sizeMacros(const InterfaceWords &words, const std::vector<TensorParameter> &parameters) {
  const std::size_t count = parameters.front().types.size();
  if (count == 1) return "";
  std::string text = fmt::format("/* Sizes that the tensors may have, and their numbers. */\n"
                                 "#define {}_SIZES {}\n",
                                 words.macro, count);
  const std::vector<std::string> maps = extentsOfMaps(parameters);
  for (std::size_t i = 0; i < maps.size(); ++i)
    if (std::ranges::count(maps, maps[i]) == 1)
      text += fmt::format("#define {}_SIZE_{} {}\n", words.macro, maps[i], i);
  return text + "\n";
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
  if (isOneModule(machineOf(program)))
    return fmt::format("{0}"
                       " *     static unsigned char room[{2}_SCRATCH_BYTES(1) + {2}_SCRATCH_ALIGNMENT];\n"
                       " *     const size_t beyond = (uintptr_t)room % {2}_SCRATCH_ALIGNMENT;\n"
                       " *     int status = {1}_run({3}room + ({2}_SCRATCH_ALIGNMENT - beyond), NULL);\n",
                       arrays, program.interface.name, prefix,
                       (program.interface.sizes.size() > 1 ? "0, " : "") + arguments);
  return fmt::format(
      " *     // #include <stdio.h>, <stdlib.h>\n"
      "{0}"
      " *     ninc_executor *team = {1}_team_create(2, NULL); // or NULL: no threads but this\n"
      " *     void *scratch = aligned_alloc({2}_SCRATCH_ALIGNMENT, {2}_SCRATCH_BYTES(2));\n"
      " *     int status = {1}_run({3}scratch, team);\n"
      " *     if (status != NINC_OK) fprintf(stderr, \"%s\\n\", {1}_strerror(status));\n"
      " *     free(scratch);\n"
      " *     {1}_team_destroy(team);\n",
      arrays, program.interface.name, prefix, (program.interface.sizes.size() > 1 ? "0, " : "") + arguments);
}

// The functions of a table that are exported, each with what it does above it.
std::string declarations(std::span<const InterfaceFunction> functions, const InterfaceWords &words,
                         const LibraryShape &library) {
  std::string text;
  for (const InterfaceFunction &function : functions)
    if (function.isExported(library)) text += declarationOf(function, words, library);
  return text;
}

// What a library with code for devices has beside.
std::string deviceSection(const Program &program, const InterfaceWords &words, const LibraryShape &library,
                          const std::vector<TensorParameter> &parameters) {
  std::string targets, arguments;
  for (const DeviceVersions &device : program.devices)
    targets += fmt::format("{}{} (NINC_DEVICE_{})", targets.empty() ? "" : ", ", device.target().name,
                           device.target().kind == NINC_DEVICE_CUDA ? "CUDA" : "OPENCL");
  for (const TensorParameter &parameter : parameters)
    arguments += ", " + variable(parameter);
  return fmt::format(
             "/* ---- On a device. The library has code for {2}.\n"
             " * What each function does is said at struct ninc_devices; this is the usual way:\n"
             " *\n"
             " *     char words[512] = \"\";\n"
             " *     ninc_device_options options = {{0}};\n"
             " *     options.kind = {3};\n"
             "{7}"
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
             program.devices.front().target().kind == NINC_DEVICE_CUDA ? "NINC_DEVICE_CUDA"
                                                                       : "NINC_DEVICE_OPENCL",
             arguments, library.inputs, library.outputs,
             program.interface.sizes.size() > 1 ? " *     options.size = 0; // the number of one\n" : "") +
         declarations(deviceInterface(), words, library);
}

// Macros of how much there is of everything: images, tensors, scratch.
std::string amounts(const Program &program, const InterfaceWords &words,
                    const std::vector<TensorParameter> &parameters) {
  std::string text =
      fmt::format("/* Images that one run processes{}. */\n"
                  "#define {}_BATCH {}\n\n",
                  program.interface.anyBatch ? ", at most" : "", words.macro, program.interface.batch);
  text += sizeMacros(words, parameters);
  for (const TensorParameter &parameter : parameters)
    text += macrosOf(words.macro, parameter);
  return text + fmt::format("/* What {0}_run needs to work in, for an executor of so many threads (1 without "
                            "one). The memory\n"
                            " * may be dirty, and is free for anything else between two runs. */\n"
                            "#define {1}_SCRATCH_BYTES(threads) ((size_t){2} + (size_t)(threads) * {3})\n"
                            "#define {1}_SCRATCH_ALIGNMENT {4}\n\n",
                            words.model, words.macro, scratchBytes(program), scratchBytesPerThread(program),
                            Program::scratchAlignment);
}

// Where it is known to the byte.
std::string stackMacro(const InterfaceWords &words, std::int64_t bytes) {
  return fmt::format(
      "/* Stack that {0}_run needs below its call, beside what the program's own memcpy and memset "
      "take, and what\n"
      " * its compiler's library does where the CPU has no floating point. */\n"
      "#define {1}_STACK_BYTES {2}\n\n",
      words.model, words.macro, bytes);
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

Result<std::string> generateHeader(const Program &program, std::optional<std::int64_t> stackBytes) {
  const Interface &interface = program.interface;
  if (Result<void> fits = checkModelName(interface.name); !fits) return tl::unexpected(fits.error());
  const std::vector<TensorParameter> parameters = parametersOf(interface);
  const LibraryShape library = shapeOf(program);
  const std::string target = fmt::format("{}", fmt::join(cpuTargets(program), " or "));
  InterfaceWords words = {
      interface.name,   modelMacro(interface.name), target, tensorParameters(parameters), {}, {},
      parameters.size()};
  if (library.severalSizes)
    words.sizeLine =
        fmt::format(" *   size      number of the tensors' extents, from 0 to {}_SIZES - 1\n", words.macro);
  for (const TensorParameter &parameter : parameters)
    words.tensorLines += documentParameter(parameter, interface.batch);
  words.stack =
      stackBytes ? words.macro + "_STACK_BYTES" : fmt::format("NINC_STACK_BYTES({})", parameters.size());
  if (library.ownsScratch)
    words.ownScratch = "; NULL: the library's own,\n *             which one run at a time may have";

  std::string text(modelHeaderText());
  if (library.hasDevices) text += "\n" + devicesHeaderText();
  text += fmt::format("\n/* {} itself. */\n\n", interface.name) + amounts(program, words, parameters);
  if (stackBytes) text += stackMacro(words, *stackBytes);
  text += "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n";
  text += declarations(modelInterface(), words, library);
  if (library.hasDevices) text += deviceSection(program, words, library, parameters);
  text += "#ifdef __cplusplus\n}\n#endif\n";
  std::vector<CxxTensor> tensors;
  for (const TensorParameter &parameter : parameters)
    tensors.push_back({parameter.tensor->name, elementWord(parameter), parameter.isInput});
  text += cxxSection(words, library, tensors);
  return fmt::format(
      "/* {}: a neural network as a C library, made by ninc {} for {}. Generated: change the model instead.\n"
      " * Use it as you like: no licence of ninc's is on it.\n"
      " *\n"
      "{} */\n"
      "{}",
      interface.name, NINC_VERSION, target, example(program, words.macro, parameters),
      guarded(interface.name, text));
}

} // namespace ninc
