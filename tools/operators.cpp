// ninc operators

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "frontend/SupportedOperators.h"
#include "support/StandardStreams.h"
#include "tools/Commands.h"

namespace ninc {

namespace {

int listOperators(bool json) {
  const std::vector<SupportedOperator> all = supportedOperators();
  if (json) {
    nlohmann::json list = nlohmann::json::array();
    for (const SupportedOperator &each : all)
      list.push_back({{"format", each.format},
                      {"operator", each.name},
                      {"values", each.ofValues},
                      {"numbers", each.ofNumbers},
                      {"limits", each.limits}});
    answer("{}\n", list.dump(2));
    return 0;
  }
  answer("{:8}{:24}{}\n", "format", "operator", "limits");
  for (const SupportedOperator &each : all) {
    std::string line = fmt::format("{:8}{:24}{}", each.format, each.name, each.limits);
    line.erase(line.find_last_not_of(' ') + 1);
    answer("{}\n", line);
  }
  return 0;
}

} // namespace

void addOperators(CLI::App &app, Command &chosen) {
  auto json = std::make_shared<bool>(false);
  CLI::App *operators = app.add_subcommand("operators", "what models of other formats may be made of");
  operators->add_flag("--json", *json, "the table for programs");
  operators->footer("Example:\n"
                    "  ninc operators | grep Pool\n"
                    "docs/operators.md has them with their opsets.");
  operators->callback([&chosen, json] { chosen = [json] { return listOperators(*json); }; });
}

} // namespace ninc
