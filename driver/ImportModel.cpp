// The file's graph is tidied (passes/Tidy.h); what each op of it stands for in the file says how it is called
// and what is said of it (driver/import/); then it is written.
#include "driver/ImportModel.h"

#include <algorithm>
#include <fmt/format.h>

#include "driver/ModelListing.h"
#include "driver/Outputs.h"
#include "driver/import/Comments.h"
#include "driver/import/ModelText.h"
#include "driver/import/Naming.h"
#include "driver/import/Nesting.h"
#include "driver/import/Provenance.h"
#include "ir/Weights.h"
#include "passes/Tidy.h"
#include "support/Files.h"
#include "support/OutputPlace.h"
#include "support/Producer.h"
#include "support/Utf8.h"

namespace ninc {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view importedFrom = "Imported from ";

const Comment *commentAt(const Origin &origin, std::string_view statement) {
  const auto found = origin.comments.find(statement);
  return found == origin.comments.end() ? nullptr : &found->second;
}

// Sections are titled anew.
Comment withoutTitles(Comment comment) {
  std::erase_if(comment.above, isSectionTitle);
  return comment;
}

// What stands above `model`. The first line says that ninc may replace the text; that of a text which was
// imported says from what, and stays.
Comment headOf(const WrittenModel &model) {
  Comment head;
  if (const Comment *comment = commentAt(model.origin, "model")) head = *comment;
  std::vector<std::string> &header = head.above;
  const bool wasImported = !header.empty() && header[0].starts_with(importedFrom);
  if (!wasImported) {
    std::erase_if(header, [](const std::string &line) { return line.find(madeByNinc) != line.npos; });
    const std::string file = asLine(fs::path(model.source.file).filename().string());
    header.insert(header.begin(), fmt::format("{}{}, {} {}", importedFrom, file, madeByNinc, NINC_VERSION));
  }
  for (const std::string &line : model.origin.description)
    header.push_back(asLine(line));
  if (model.batch != 1) {
    const std::string batch =
        fmt::format("A text says nothing of the batch: --batch {} where it is compiled", model.batch);
    if (std::ranges::count(header, batch) == 0) header.push_back(batch);
  }
  return head;
}

// A front end that doesn't say what the file calls values has given them names that are good.
NamedLines linesOf(const Origin &origin) {
  return origin.namesStay || origin.values.empty() ? NamedLines::stay : NamedLines::mayGo;
}

TextRemarks remarksOf(const WrittenModel &model, const Graph &tidied, const History &written,
                      const History &recognised) {
  TextRemarks remarks;
  remarks.model = headOf(model);
  for (auto &[node, comment] : commentsOf(tidied, written, recognised, model.origin))
    remarks.comments[node] = withoutTitles(std::move(comment));
  for (const Preparation &preparation : model.origin.preparation)
    if (const Value input = tidied.find(preparation.input))
      for (const std::string &step : preparation.steps)
        remarks.comments[input.node].above.push_back("before it is handed over: " + asLine(step));
  if (const Comment *comment = commentAt(model.origin, "weights")) remarks.weights = *comment;
  if (const Comment *comment = commentAt(model.origin, "output")) remarks.output = withoutTitles(*comment);
  remarks.atEnd = model.origin.atEnd;
  return remarks;
}

// Of the text: a seed where the numbers are still what it makes of the tensors' names, which they aren't
// where something is folded into them or layers have become a stage; else a file.
WeightSource sourceOf(const Graph &tidied, const WeightSource &written, const fs::path &file) {
  if (listModel(tidied).parameters == 0) return {};
  if (written.kind == WeightSource::Kind::random && areRandom(tidied, written.seed)) return written;
  return {WeightSource::Kind::file, file.filename().string(), 0, {}};
}

} // namespace

Result<ImportedText> importedText(const WrittenModel &model, const fs::path &weights,
                                  const Listener &listener) {
  Diagnostics diagnostics;
  PassContext context{diagnostics};
  Graph recognised = model.graph.clone();
  recognise(recognised, context);
  Graph tidied = recognised.clone();
  Result<void> done = tidy(tidied, context);
  listener.ofModel(diagnostics, model.source);
  if (!done) return tl::unexpected(done.error());

  const Provenance provenance = provenanceOf(tidied, model.graph);
  const Provenance ofRecognised = provenanceOf(tidied, recognised);
  const TextRemarks remarks = remarksOf(model, tidied, {model.graph, provenance}, {recognised, ofRecognised});
  const NamedLines lines = linesOf(model.origin);
  if (lines == NamedLines::mayGo) nameForPeople(tidied, model.graph, provenance, model.origin);
  tidied.weightSource = sourceOf(tidied, model.graph.weightSource, weights);
  std::string text = modelText(tidied, nestedNodes(tidied, lines), remarks);
  return ImportedText{std::move(text), std::move(tidied)};
}

Result<void> importFile(const Request &request, const fs::path &output, const Listener &listener) {
  const bool toStream = isStream(output);
  if (!toStream && output.extension() != ".nin")
    return tl::unexpected(Error{ErrorKind::usage, fmt::format("'{}' would be no model: what is imported is "
                                                              "written to a file that ends in .nin",
                                                              output.string())});
  Result<WrittenModel> model = readModel(request, WeightLoading::bind, listener);
  if (!model) return tl::unexpected(model.error());
  const Outputs outputs{output, "nin"};
  const Result<OutputForm> form = formOf(outputs);
  if (!form) return tl::unexpected(form.error());
  if (auto fit = checkOutputs(filesOf(outputs, *form), inputsOf(request, &model->graph, model->origin.files));
      !fit)
    return tl::unexpected(fit.error());

  fs::path weights = fs::path(output).replace_extension(".safetensors");
  if (toStream) weights = model->graph.name() + ".safetensors";
  Result<ImportedText> imported = importedText(*model, weights, listener);
  if (!imported) return tl::unexpected(imported.error());
  if (!toStream && imported->graph.weightSource.kind == WeightSource::Kind::file)
    if (auto written = writeWeights(imported->graph, weights); !written) return written;
  return writeAtomically(output, imported->text);
}

} // namespace ninc
