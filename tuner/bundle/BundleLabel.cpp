#include "tuner/bundle/BundleLabel.h"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace ninc {

namespace {

// Throws what the JSON package throws.
BundleLabel labelFrom(const std::string &text) {
  const auto json = nlohmann::json::parse(text.substr(std::min(text.find('{'), text.size())));
  BundleLabel label;
  label.key.spec = json.at("spec").get<std::string>();
  label.key.threads = json.at("threads").get<int>();
  label.key.scheduleVersion = json.at("schedules").get<int>();
  label.kernel = json.at("kernel").get<std::string>();
  label.schedule = json.at("schedule").get<std::string>();
  label.defaultSchedule = json.at("default").get<std::string>();
  label.predicted = json.at("predicted_cycles").get<double>();
  return label;
}

} // namespace

std::string toText(const BundleLabel &label) {
  return nlohmann::json{{"spec", label.key.spec},
                        {"threads", label.key.threads},
                        {"schedules", label.key.scheduleVersion},
                        {"kernel", label.kernel},
                        {"schedule", label.schedule},
                        {"default", label.defaultSchedule},
                        {"predicted_cycles", label.predicted}}
      .dump();
}

Result<BundleLabel> parseBundleLabel(const std::string &text) {
  try {
    return labelFrom(text);
  } catch (const nlohmann::json::exception &error) {
    return fail(fmt::format("the label isn't a bundle's: {}", error.what()));
  }
}

} // namespace ninc
