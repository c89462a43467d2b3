#include "frontend/LoadModel.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <utility>
#include <vector>

#include "frontend/SupportedOperators.h"
#include "frontend/caffe/CaffeModel.h"
#include "frontend/onnx/OnnxModel.h"
#include "frontend/text/TextModel.h"
#include "support/Files.h"
#include "support/Spelling.h"

namespace ninc {

namespace {

struct Frontend {
  std::string_view suffix;
  std::uint64_t largest; // in bytes; what is larger is no model
  bool isText;
  std::optional<ImportedModel> (*import)(const ModelFile &file, const ImportOptions &options,
                                         Diagnostics &diagnostics);
};

// A model of a million ops is 64 MiB of text; a net of Caffe's has its weights in another file. ONNX files
// have their weights in them, and are as large as protobuf can say at most.
constexpr Frontend frontends[] = {{".nin", std::uint64_t{64} << 20, true, importText},
                                  {".prototxt", std::uint64_t{64} << 20, true, importCaffe},
                                  {".onnx", (std::uint64_t{1} << 31) - 1, false, importOnnx}};

// Of UTF-8, in front of texts that some editors write; no part of the text.
constexpr std::string_view byteOrderMark = "\xef\xbb\xbf";

// What to do with files that others read.
constexpr std::pair<std::string_view, std::string_view> others[] = {
    {".caffemodel", "it has the numbers of a net, which are given with its text: ninc NET.prototxt --weights "
                    "FILE.caffemodel"},
    {".safetensors", "it has the numbers of a model, whose text, a .nin, names the file"},
    {".pt", "torch.onnx.export(model, example, \"model.onnx\") writes what is read"},
    {".pth", "torch.onnx.export(model, example, \"model.onnx\") writes what is read"},
    {".pb", "tf2onnx writes what is read: python -m tf2onnx.convert --help"},
    {".h5", "tf2onnx writes what is read: python -m tf2onnx.convert --help"},
    {".keras", "tf2onnx writes what is read: python -m tf2onnx.convert --help"},
    {".tflite", "tf2onnx writes what is read: python -m tf2onnx.convert --help"},
    {".so", "a library is made from a model, and stands where a command takes either (run, bench, show), or "
            "behind its model: ninc verify MODEL LIB"},
    {".pdmodel", "paddle2onnx writes what is read: paddle2onnx --help"}};

std::string adviceOn(const std::string &suffix, const std::vector<std::string_view> &known) {
  const auto *other =
      std::ranges::find(others, suffix, &std::pair<std::string_view, std::string_view>::first);
  return other == std::end(others) ? didYouMean(suffix, known) : std::string(other->second);
}

const Frontend *frontendFor(const std::filesystem::path &file, Diagnostics &diagnostics) {
  std::string suffix = file.extension().string();
  std::vector<std::string_view> known;
  for (const Frontend &frontend : frontends) {
    if (suffix == frontend.suffix) return &frontend;
    known.push_back(frontend.suffix);
  }
  std::string list = fmt::format("{}", fmt::join(known, ", "));
  diagnostics.error({},
                    suffix.empty()
                        ? fmt::format("'{}' has no suffix that says what kind of model it is; ninc reads {}",
                                      file.string(), list)
                        : fmt::format("ninc can't read '{}' models; it reads {}", suffix, list),
                    adviceOn(suffix, known));
  return nullptr;
}

} // namespace

std::string_view limitsOf(std::string_view name, std::span<const Limit> list) {
  const auto found = std::ranges::find(list, name, &Limit::first);
  return found == list.end() ? limitsAreMissing : found->second;
}

std::vector<SupportedOperator> supportedOperators() {
  std::vector<SupportedOperator> all = caffeLayers();
  for (const SupportedOperator &each : onnxOperators())
    all.push_back(each);
  return all;
}

std::optional<ImportedModel> loadModel(const std::filesystem::path &file, const ImportOptions &options,
                                       ModelSource &source, Diagnostics &diagnostics) {
  source = {file.string(), {}};
  const Frontend *frontend = frontendFor(file, diagnostics);
  if (!frontend) return std::nullopt;
  Result<std::string> bytes = readFile(file, frontend->largest);
  if (!bytes) {
    diagnostics.error({}, bytes.error().message);
    return std::nullopt;
  }
  if (frontend->isText) {
    if (bytes->starts_with(byteOrderMark)) bytes->erase(0, byteOrderMark.size());
    source.text = *bytes;
  }
  return frontend->import({file, std::move(*bytes)}, options, diagnostics);
}

} // namespace ninc
