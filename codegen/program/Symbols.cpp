#include "codegen/program/Symbols.h"

#include <fmt/format.h>

#include "ir/ModelName.h"

namespace ninc {

std::vector<std::string> interfaceSymbols(const Program &program) {
  std::vector<std::string> symbols;
  for (const std::string_view function : modelFunctions)
    symbols.push_back(interfaceSymbol(program.name, function));
  if (!program.devices.empty())
    for (const std::string_view function : modelDeviceFunctions)
      symbols.push_back(interfaceSymbol(program.name, function));
  return symbols;
}

std::string interfaceSymbol(const std::string &model, std::string_view function) {
  return fmt::format("{}_{}", model, function);
}

std::string kernelSymbol(const std::string &model, std::size_t number, std::string_view value) {
  return privateSymbol(model, fmt::format("kernel{}.{}", number, value));
}

std::string stepSymbol(const std::string &model, std::size_t number, std::string_view value) {
  return privateSymbol(model, fmt::format("step{}.{}", number, value));
}

std::string weightSymbol(const std::string &model) {
  return privateSymbol(model, "weights");
}

std::string deviceWeightSymbol(const Program &device) {
  return privateSymbol(device.name, device.gpu->name + ".weights");
}

std::string privateSymbol(const std::string &model, std::string_view what) {
  return fmt::format("ninc.{}.{}", model, what);
}

} // namespace ninc
