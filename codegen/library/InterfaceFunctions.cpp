#include "codegen/library/InterfaceFunctions.h"

#include <algorithm>
#include <fmt/format.h>

#include "codegen/program/Symbols.h"
#include "ir/ModelName.h"

namespace ninc {

namespace {

constexpr InterfaceValue noValue{Passed::nothing, "void"}, status{Passed::int32, "int"},
    tensors{Passed::tensors, {}}, state{Passed::pointer, "ninc_state * /* state */"},
    constState{Passed::pointer, "const ninc_state * /* state */"},
    executor{Passed::pointer, "const ninc_executor * /* executor */"},
    check{Passed::int32, "int /* check */"}, scratch{Passed::pointer, "void * /* scratch */"},
    size{Passed::size, "int32_t /* size */"}, constText{Passed::pointer, "const char *"};

// Words in braces are those of InterfaceWords.
constexpr std::array ofEveryModel = {
    InterfaceFunction{
        .name = "run",
        .runtime = "ninc_run",
        .result = status,
        .parameters = {{size, {Passed::batch, {}}, tensors, scratch, executor}},
        .about = "Runs the network.\n"
                 "{sizeLine}"
                 "{tensorLines}"
                 " *   scratch   {macro}_SCRATCH_BYTES(executor ? executor->threads : 1) bytes, aligned to "
                 "{macro}_SCRATCH_ALIGNMENT{ownScratch}\n"
                 " *   executor  who runs its loops; NULL: the calling thread\n"
                 " * Inputs, outputs and scratch are memory apart from one another. Returns NINC_OK or "
                 "another ninc_status;\n"
                 " * the outputs are then undefined. Allocates nothing and takes no lock. Callable from "
                 "several threads at\n"
                 " * once, each with its own outputs, scratch and executor. Stack: at most "
                 "{stack}.",
        .descriptorHas = DescriptorHas::none,
        .added = Added::model},
    InterfaceFunction{
        .name = "run_batch",
        .runtime = "ninc_run",
        .result = status,
        .parameters = {{size, {Passed::int32, "int32_t /* images */"}, tensors, scratch, executor}},
        .about = "The same for so many images, from 1 to {macro}_BATCH: tensors are [images, ...].",
        .descriptorHas = DescriptorHas::none,
        .added = Added::model,
        .needs = Needs::anyBatch},
    InterfaceFunction{.name = "model",
                      .runtime = {},
                      .result = {Passed::pointer, "const ninc_model *"},
                      .parameters = {},
                      .about =
                          "The model as data: names, shapes, kernels, and the functions below. Never NULL.",
                      .doer = Doer::descriptor,
                      .descriptorHas = DescriptorHas::none},
    InterfaceFunction{
        .name = "size_for",
        .runtime = "ninc_size_for",
        .result = {Passed::int32, "int32_t"},
        .parameters = {{{Passed::int64, "int64_t /* rows */"}, {Passed::int64, "int64_t /* columns */"}}},
        .about = "The number of the size whose pictures have so many rows and columns; -1 if there is "
                 "none.",
        .descriptorHas = DescriptorHas::none,
        .added = Added::model,
        .needs = Needs::sizes},
    InterfaceFunction{.name = "supported",
                      .runtime = "ninc_supported",
                      .result = status,
                      .parameters = {},
                      .about = "NINC_OK, or NINC_ERROR_CPU if this CPU lacks instructions of {target}.",
                      .descriptorHas = DescriptorHas::exported,
                      .added = Added::model},
    InterfaceFunction{.name = "chosen_target",
                      .runtime = "ninc_chosen_target",
                      .result = constText,
                      .parameters = {},
                      .about = "Which of {target} runs here; NULL if this CPU can run none of them.",
                      .descriptorHas = DescriptorHas::exported,
                      .added = Added::model,
                      .needs = Needs::targets},
    InterfaceFunction{
        .name = "use_target",
        .runtime = "ninc_use_target",
        .result = status,
        .parameters = {{{Passed::pointer, "const char * /* target */"}}},
        .about = "Runs that one from now on, in all threads; NULL: the best one that this CPU can run, "
                 "as from the start.\n"
                 " * The environment's variable NINC_TARGET does the same at the first call.",
        .descriptorHas = DescriptorHas::exported,
        .added = Added::model,
        .needs = Needs::targets},
    InterfaceFunction{.name = "open_weights",
                      .runtime = "ninc_open_weights",
                      .result = status,
                      .parameters = {{{Passed::pointer, "const char * /* file */"}, check}},
                      .about =
                          "Maps the file of the model's weights, read-only, which all runs need; before the "
                          "first of them, in one\n"
                          " * thread. `check`: not 0 reads all of it and compares its hash, 0 its size and "
                          "header. NINC_ERROR_WEIGHTS\n"
                          " * if it can't be read or is another model's.",
                      .descriptorHas = DescriptorHas::exported,
                      .added = Added::model,
                      .needs = Needs::openFile},
    InterfaceFunction{
        .name = "use_weights",
        .runtime = "ninc_use_weights",
        .result = status,
        .parameters = {{{Passed::pointer, "const void * /* file */"},
                        {Passed::int64, "int64_t /* bytes */"},
                        check}},
        .about = "Takes the bytes of the weights' file where the caller has them, at a multiple of 64, "
                 "for as long as\n"
                 " * runs use them: before the first run, in one thread. `check`: not 0 compares "
                 "their hash too.",
        .descriptorHas = DescriptorHas::exported,
        .added = Added::model,
        .needs = Needs::weightFile},
    InterfaceFunction{.name = "close_weights",
                      .runtime = "ninc_close_weights",
                      .result = noValue,
                      .parameters = {},
                      .about = "Gives the weights back; no run until there are some again.",
                      .descriptorHas = DescriptorHas::exported,
                      .added = Added::model,
                      .needs = Needs::weightFile},
    InterfaceFunction{.name = "strerror",
                      .runtime = "ninc_status_text",
                      .result = constText,
                      .parameters = {{{Passed::int32, "int /* status */"}}},
                      .about = "What a status means: a constant text."},
    InterfaceFunction{
        .name = "team_create",
        .runtime = "ninc_team_create",
        .result = {Passed::pointer, "ninc_executor *"},
        .parameters = {{{Passed::int32, "int32_t /* threads */"}, {Passed::pointer, "int * /* status */"}}},
        .about = "A team of so many threads, the caller of {model}_run being one of them; used by one run at "
                 "a time, by any\n"
                 " * model. NULL if it can't be made, the reason in *status (which may be NULL).",
        .needs = Needs::threads},
    InterfaceFunction{.name = "team_destroy",
                      .runtime = "ninc_team_destroy",
                      .result = noValue,
                      .parameters = {{{Passed::pointer, "ninc_executor * /* team */"}}},
                      .about = "Ends the team's threads. NULL is allowed. A child of fork may run with its "
                               "parent's team, in the calling\n"
                               " * thread, and destroys its copy of it here; see fork above.",
                      .needs = Needs::threads}};

constexpr std::array ofModelsForDevices = {
    InterfaceFunction{.name = "create",
                      .runtime = "ninc_device_create",
                      .result = status,
                      .parameters = {{{Passed::pointer, "const ninc_device_options * /* options */"},
                                      {Passed::pointer, "ninc_state ** /* state */"}}},
                      .about = "Opens the driver and the device, compiles the kernels, uploads the weights.",
                      .descriptorHas = DescriptorHas::exported,
                      .added = Added::deviceModel},
    InterfaceFunction{.name = "destroy",
                      .runtime = "ninc_device_destroy",
                      .result = noValue,
                      .parameters = {{state}},
                      .about = "Waits for what is enqueued and frees everything. NULL is allowed.",
                      .descriptorHas = DescriptorHas::exported},
    InterfaceFunction{
        .name = "run_on",
        .runtime = "ninc_device_run_on",
        .result = status,
        .parameters = {{state, tensors}},
        .about =
            "Runs the network on the device with tensors in host memory, as {model}_run has them, and waits.",
    },
    InterfaceFunction{.name = "enqueue",
                      .runtime = "ninc_device_enqueue",
                      .result = status,
                      .parameters = {{state,
                                      {Passed::pointer, "const ninc_buffer * /* inputs */"},
                                      {Passed::pointer, "const ninc_buffer * /* outputs */"},
                                      {Passed::pointer, "void * /* stream */"}}},
                      .about = "Enqueues a run on tensors in host or device memory, each [batch, shape...]; "
                               "doesn't wait. `stream`: a\n"
                               " * cl_command_queue or CUstream; NULL: the state's own.",
                      .descriptorHas = DescriptorHas::exported},
    InterfaceFunction{.name = "wait",
                      .runtime = "ninc_device_wait",
                      .result = status,
                      .parameters = {{state}},
                      .about = "Waits for all that is enqueued; the first failure of it, if any.",
                      .descriptorHas = DescriptorHas::exported},
    InterfaceFunction{.name = "run_kernel",
                      .runtime = "ninc_device_run_kernel",
                      .result = status,
                      .parameters = {{state, {Passed::int32, "int32_t /* kernel */"}, tensors}},
                      .about = {}},
    InterfaceFunction{.name = "read_arena",
                      .runtime = "ninc_device_read_arena",
                      .result = status,
                      .parameters = {{state,
                                      {Passed::int64, "int64_t /* offset */"},
                                      {Passed::int64, "int64_t /* bytes */"},
                                      {Passed::pointer, "void * /* host */"}}},
                      .about = {}},
    InterfaceFunction{
        .name = "message",
        .runtime = "ninc_device_message",
        .result = constText,
        .parameters = {{constState}},
        .about =
            "The driver's words about the last failure; \"\" without one. Valid until the state's next call.",
        .descriptorHas = DescriptorHas::exported},
    InterfaceFunction{.name = "native",
                      .runtime = "ninc_device_native",
                      .result = status,
                      .parameters = {{constState, {Passed::pointer, "ninc_native * /* native */"}}},
                      .about = "The driver's objects behind the state.",
                      .descriptorHas = DescriptorHas::exported}};

// What a model may be called is decided by the names of what it exports.
template <class Table, class Names>
constexpr bool exportsExactly(const Table &table, const Names &names) {
  std::size_t next = 0;
  for (const InterfaceFunction &function : table) {
    if (!function.canBeExported()) continue;
    if (next == names.size() || names[next] != function.name) return false;
    ++next;
  }
  return next == names.size();
}
static_assert(exportsExactly(ofEveryModel, modelFunctions));
static_assert(exportsExactly(ofModelsForDevices, modelDeviceFunctions));

// "ninc_state * /* state */, void * /* stream */"; of more than three two stand in a line.
std::string parametersOf(const InterfaceFunction &function, const LibraryShape &library,
                         const std::string &tensorParameters) {
  std::vector<std::string_view> given;
  for (const InterfaceValue &value : function.passed())
    if (isGiven(value, library))
      given.push_back(value.passed == Passed::tensors ? std::string_view(tensorParameters) : value.text);
  if (given.empty()) return "void";
  std::string text;
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (i > 0) text += given.size() > 3 && i % 2 == 0 ? ",\n    " : ", ";
    text += given[i];
  }
  return text;
}

} // namespace

LibraryShape shapeOf(const Program &program) {
  const Interface &interface = program.interface;
  return {interface.sizes.front().inputs.size(),
          interface.sizes.front().outputs.size(),
          interface.batch,
          interface.anyBatch,
          interface.sizes.size() > 1,
          cpuTargets(program).size() > 1,
          program.weightsAreExternal,
          !program.devices.empty(),
          !isOneModule(machineOf(program)),
          program.ownsScratch};
}

bool InterfaceFunction::isExported(const LibraryShape &library) const {
  if (!canBeExported()) return false;
  switch (needs) {
  case Needs::anyBatch:
    return library.anyBatch;
  case Needs::sizes:
    return library.severalSizes;
  case Needs::targets:
    return library.severalTargets;
  case Needs::weightFile:
    return library.hasWeightFile;
  case Needs::openFile:
    return library.hasWeightFile && library.hasSystem;
  case Needs::threads:
    return library.hasSystem;
  case Needs::nothing:
    break;
  }
  return true;
}

std::span<const InterfaceValue> InterfaceFunction::passed() const {
  const auto end = std::ranges::find(parameters, Passed::nothing, &InterfaceValue::passed);
  return {parameters.begin(), end};
}

bool isGiven(const InterfaceValue &value, const LibraryShape &library) {
  return value.passed != Passed::batch && (value.passed != Passed::size || library.severalSizes);
}

std::vector<std::string> exportedSymbols(const Program &program) {
  const LibraryShape library = shapeOf(program);
  std::vector<std::string> symbols;
  const auto add = [&](std::span<const InterfaceFunction> functions) {
    for (const InterfaceFunction &function : functions)
      if (function.isExported(library))
        symbols.push_back(interfaceSymbol(program.interface.name, function.name));
  };
  add(ofEveryModel);
  if (library.hasDevices) add(ofModelsForDevices);
  return symbols;
}

std::span<const InterfaceFunction> modelInterface() {
  return ofEveryModel;
}

std::span<const InterfaceFunction> deviceInterface() {
  return ofModelsForDevices;
}

std::string declarationOf(const InterfaceFunction &function, const InterfaceWords &words,
                          const LibraryShape &library) {
  const std::string about =
      fmt::format(fmt::runtime(function.about), fmt::arg("model", words.model),
                  fmt::arg("macro", words.macro), fmt::arg("target", words.target),
                  fmt::arg("ownScratch", words.ownScratch), fmt::arg("stack", words.stack),
                  fmt::arg("sizeLine", words.sizeLine), fmt::arg("tensorLines", words.tensorLines));
  const std::string_view result = function.result.text;
  return fmt::format("/* {} */\n{}{}{}_{}({});\n\n", about, result, result.ends_with('*') ? "" : " ",
                     words.model, function.name, parametersOf(function, library, words.tensorParameters));
}

} // namespace ninc
