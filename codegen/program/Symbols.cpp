#include "codegen/program/Symbols.h"

#include <fmt/format.h>

namespace ninc {

std::string interfaceSymbol(const std::string &model, std::string_view function) {
  return fmt::format("{}_{}", model, function);
}

std::string kernelSymbol(const std::string &model, std::size_t number, std::string_view value) {
  return privateSymbol(model, fmt::format("kernel{}.{}", number, value));
}

std::string stepSymbol(const std::string &model, std::size_t version, std::size_t number,
                       std::string_view value) {
  return privateSymbol(model, fmt::format("version{}.step{}.{}", version, number, value));
}

std::string weightSymbol(const std::string &model) {
  return privateSymbol(model, "weights");
}

std::string deviceWeightSymbol(const std::string &model, const GpuTarget &device) {
  return privateSymbol(model, device.name + ".weights");
}

std::string privateSymbol(const std::string &model, std::string_view what) {
  return fmt::format("ninc.{}.{}", model, what);
}

} // namespace ninc
