// ninc import MODEL -o OUT.nin

#include <CLI/CLI.hpp>
#include <memory>

#include "driver/ImportModel.h"
#include "tools/BuildOptions.h"
#include "tools/Commands.h"
#include "tools/NumberOptions.h"
#include "tools/Report.h"

namespace ninc {

namespace {

struct Options {
  BuildOptions build;
  std::string output;
};

} // namespace

void addImport(CLI::App &app, Command &chosen) {
  auto options = std::make_shared<Options>();
  CLI::App *import =
      app.add_subcommand("import", "a model of another format as a text to read and edit, with its weights");
  import->add_option("MODEL", options->build.request.model, "the model: .onnx, or a .nin to tidy up")
      ->required()
      ->type_name("");
  import->add_option("-o,--output", options->output, "the text; its weights come beside it, as .safetensors")
      ->required()
      ->type_name("OUT.nin");
  addImportOptions(*import, options->build);
  import
      ->add_option("--batch", options->build.request.batch,
                   "images a run, which the text mentions (default: what the model's file says, or 1)")
      ->type_name("N")
      ->check(wholeNumber(1, 1U << 20));
  import->add_flag("--remarks", options->build.remarks, "say what was folded, and why something was not");
  import->footer(
      "The text computes the same numbers as the file, bit for bit. Layers are called as in the file,\n"
      "normalisations are in the weights of the convolutions before them, convolutions in a row that\n"
      "are mlpconv stages are written so.\n"
      "Example:\n"
      "  ninc import squeezenet.onnx -o squeezenet.nin && ninc squeezenet.nin -o squeezenet.so");
  import->callback([&chosen, options] {
    chosen = [options] {
      return exitCode(importFile(options->build.request, options->output,
                                 printingListener(options->build.remarks)));
};
} // namespace ninc
);
}

} // namespace ninc
