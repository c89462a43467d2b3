#include "driver/Request.h"

namespace ninc {

bool isLibrary(const std::string &file) {
  return std::filesystem::path(file).extension() == ".so";
}

std::vector<InputFile> inputsOf(const Request &request, const Graph *model,
                                std::span<const std::filesystem::path> others) {
  const std::filesystem::path text = request.model;
  std::vector<InputFile> inputs{{isLibrary(request.model) ? "the library" : "the model", text}};
  if (!request.weightFile.empty()) inputs.push_back({"the model's weights", request.weightFile});
  if (model && model->weightSource.kind == WeightSource::Kind::file)
    inputs.push_back({"the model's weights", text.parent_path() / model->weightSource.path});
  for (const std::filesystem::path &file : others)
    inputs.push_back({"the model's data", file});
  if (!request.scheduleFile.empty()) inputs.push_back({"its schedules", request.scheduleFile});
  if (!request.database.empty()) inputs.push_back({"its tuned schedules", request.database});
  return inputs;
}

} // namespace ninc
