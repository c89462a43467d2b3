#include "driver/Outputs.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <map>

#include "ir/Dot.h"
#include "ir/Printer.h"
#include "ir/Weights.h"
#include "support/Files.h"
#include "support/OutputPlace.h"
#include "support/Producer.h"

namespace ninc {

namespace {

namespace fs = std::filesystem;

const std::array forms{OutputForm{"a", OutputKind::archive, Product::archive},
                       OutputForm{"dot", OutputKind::drawing, std::nullopt},
                       OutputForm{"h", OutputKind::header, Product::header},
                       OutputForm{"ll", OutputKind::llvmIr, Product::llvmIr},
                       OutputForm{"nin", OutputKind::model, std::nullopt},
                       OutputForm{"o", OutputKind::object, Product::object},
                       OutputForm{"s", OutputKind::assembly, Product::assembly},
                       OutputForm{"so", OutputKind::library, Product::sharedLibrary}};

fs::path beside(const Outputs &outputs, const char *suffix) {
  return fs::path(outputs.output).replace_extension(suffix);
}

// A model's text as ninc writes it.
std::string ownText(const Graph &graph) {
  return fmt::format("# The IR after all passes, {} {}\n{}", madeByNinc, NINC_VERSION, print(graph));
}

Result<void> writeModelText(const Graph &optimised, const fs::path &output) {
  Graph graph = optimised.clone();
  const fs::path weights = fs::path(output).replace_extension(".safetensors");
  graph.weightSource = {WeightSource::Kind::file, weights.filename().string(), 0, {}};
  if (!isStream(output))
    if (auto written = writeWeights(graph, weights); !written) return written;
  return writeAtomically(output, ownText(graph));
}

// A path as make reads it.
std::string escapedForMake(const fs::path &path) {
  std::string escaped;
  for (char c : path.string()) {
    if (c == ' ' || c == '\t' || c == '#') escaped += '\\';
    if (c == '$') escaped += '$';
    escaped += c;
  }
  return escaped;
}

// What an earlier compile of the model has left in a folder, as far as this one may write the same names.
Result<std::vector<OutputFile>> replaceableIn(const fs::path &folder, const std::string &model) {
  const std::map<std::string, OutputFile> byName{
      {".o", {"a kept object", {}, OutputKind::object}},
      {".ll", {"the kept host module", {}, OutputKind::hostModule}},
      {".cl", {"kept code for a device", {}, OutputKind::deviceCode}},
      {".ptx", {"kept code for a device", {}, OutputKind::deviceCode}}};
  std::vector<OutputFile> files;
  std::error_code error;
  for (auto entry = fs::directory_iterator(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    const auto kept = byName.find(entry->path().extension().string());
    if (kept == byName.end() || !entry->path().filename().string().starts_with(model + ".")) continue;
    files.push_back(kept->second);
    files.back().path = entry->path();
  }
  if (error) return fail(fmt::format("can't read '{}': {}", folder.string(), error.message()));
  std::ranges::sort(files, {}, &OutputFile::path); // the same complaint each time
  return files;
}

} // namespace

std::string outputSuffixes() {
  std::string list;
  for (const OutputForm &form : forms)
    list += (list.empty() ? "." : " .") + form.suffix;
  return list;
}

Result<OutputForm> formOf(const Outputs &outputs) {
  std::string suffix = outputs.form;
  if (suffix.empty() && outputs.output.has_extension())
    suffix = outputs.output.extension().string().substr(1);
  const auto *form = std::ranges::find(forms, suffix, &OutputForm::suffix);
  if (form == forms.end())
    return tl::unexpected(
        Error{ErrorKind::usage,
              fmt::format("can't tell what to make from the suffix of '{}'; it may be {}, or say it "
                          "with --emit",
                          outputs.output.string(), outputSuffixes())});
  if (outputs.saveTemps && isStream(outputs.output))
    return tl::unexpected(
        Error{ErrorKind::usage, fmt::format("--save-temps: '{}' has no place beside it for a folder",
                                            outputs.output.string())});
  const bool isLinked = form->product == Product::sharedLibrary || form->product == Product::archive ||
                        form->product == Product::object;
  if (outputs.externalWeights && (!isLinked || isStream(outputs.output)))
    return tl::unexpected(Error{
        ErrorKind::usage, fmt::format("--weights external: '{}' is no library with a place beside it for "
                                      "a file of weights",
                                      outputs.output.string())});
  return *form;
}

std::vector<OutputFile> filesOf(const Outputs &outputs, const OutputForm &form) {
  std::vector<OutputFile> files{{"the output", outputs.output, form.kind}};
  if (isStream(outputs.output)) return files;
  if (form.kind == OutputKind::library || form.kind == OutputKind::archive || form.kind == OutputKind::object)
    files.push_back({"its header", beside(outputs, ".h"), OutputKind::header});
  if (outputs.externalWeights)
    files.push_back({"its weights", beside(outputs, ".weights"), OutputKind::packedWeights});
  if (form.kind == OutputKind::model)
    files.push_back({"its weights", beside(outputs, ".safetensors"), OutputKind::weights});
  if (outputs.dependencyFile)
    files.push_back({"its rule for make", beside(outputs, ".d"), OutputKind::makeRule});
  return files;
}

Result<void> writeGraph(const Graph &optimised, OutputKind kind, const fs::path &output) {
  if (kind == OutputKind::drawing) return writeAtomically(output, toDot(optimised));
  return writeModelText(optimised, output);
}

Result<fs::path> temporariesOf(const Outputs &outputs, const Graph &optimised,
                               std::span<const InputFile> inputs) {
  if (!outputs.saveTemps) return fs::path();
  const fs::path folder = beside(outputs, ".temps");
  const OutputFile text{"the kept IR", folder / (optimised.name() + ".nin"), OutputKind::model};
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return fail(fmt::format("can't make '{}': {}", folder.string(), error.message()));
  const bool isEmpty = fs::is_empty(folder, error);
  if (error) return fail(fmt::format("can't read '{}': {}", folder.string(), error.message()));
  const auto bytes = fs::file_size(text.path, error);
  if (!isEmpty && (error || bytes == 0))
    return fail(
        fmt::format("'{}' isn't empty and holds no temporaries of '{}': delete it, or choose another name",
                    folder.string(), optimised.name()));
  Result<std::vector<OutputFile>> files = replaceableIn(folder, optimised.name());
  if (!files) return tl::unexpected(files.error());
  files->insert(files->begin(), text);
  if (auto fits = checkOutputs(*files, inputs); !fits) return tl::unexpected(fits.error());
  if (auto written = writeAtomically(text.path, ownText(optimised)); !written)
    return tl::unexpected(written.error());
  return folder;
}

Result<void> writeRuleForMake(const Outputs &outputs, std::span<const InputFile> inputs) {
  if (!outputs.dependencyFile || isStream(outputs.output)) return {};
  std::string rule = escapedForMake(outputs.output) + ":";
  for (const InputFile &input : inputs)
    rule += " " + escapedForMake(input.path);
  return writeAtomically(beside(outputs, ".d"), rule + "\n");
}

} // namespace ninc
