// `ninc import`: a model of any format as a text that a person would have liked to write, with its weights
// beside it. What the text is compiled to computes the same numbers, bit for bit, as what the file is.
#pragma once

#include <filesystem>
#include <string>

#include "driver/CompileModel.h"
#include "driver/Listener.h"
#include "driver/Request.h"
#include "support/Result.h"

namespace ninc {

struct ImportedText {
  std::string text;
  Graph graph; // that the text says, with its numbers
};

// `weights` is the file that the text names; a model without numbers names none.
Result<ImportedText> importedText(const WrittenModel &model, const std::filesystem::path &weights,
                                  const Listener &listener);

// Everything that `ninc import MODEL -o OUT.nin` does. Nothing is written unless text and weights may be; to
// a stream goes the text alone.
Result<void> importFile(const Request &request, const std::filesystem::path &output,
                        const Listener &listener);

} // namespace ninc
