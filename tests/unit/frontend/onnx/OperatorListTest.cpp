// What people are told of operators, beside the tables by which they are read.
#include <algorithm>
#include <gtest/gtest.h>

#include "frontend/SupportedOperators.h"
#include "frontend/onnx/OperatorCheck.h"
#include "frontend/onnx/Operators.h"
#include "frontend/onnx/constants/Evaluators.h"
#include "support/Files.h"

namespace ninc {
namespace {

TEST(OperatorList, HasEveryOperatorWithItsLimits) {
  const std::vector<SupportedOperator> list = supportedOperators();
  ASSERT_FALSE(list.empty());
  EXPECT_TRUE(
      std::ranges::is_sorted(list, {}, [](const auto &each) { return std::pair(each.format, each.name); }));
  for (const SupportedOperator &each : list) {
    EXPECT_NE(each.limits, limitsAreMissing) << each.name << ": say them in its format's list";
    if (each.format != "ONNX") continue;
    EXPECT_EQ(each.ofValues, onnx_import::findOperator(each.name) != nullptr) << each.name;
    EXPECT_EQ(each.ofNumbers, onnx_import::findEvaluator(each.name) || each.name == onnx_import::choice)
        << each.name;
  }
}

TEST(OperatorList, IsOnItsPage) {
  const std::string page = readFile(NINC_SOURCE_DIR "/docs/operators.md").value();
  for (const SupportedOperator &each : supportedOperators()) {
    const std::string row = "\n| " + std::string(each.name) + " | ";
    const std::size_t table = page.find("\n## " + std::string(each.format) + "\n");
    ASSERT_NE(table, std::string::npos) << each.format;
    const std::size_t at = page.find(row, table);
    ASSERT_NE(at, std::string::npos) << each.name << ": scripts/operators writes the page";
    EXPECT_NE(page.substr(at, page.find('\n', at + 1) - at).find(each.limits), std::string::npos)
        << each.name;
  }
}

} // namespace
} // namespace ninc
