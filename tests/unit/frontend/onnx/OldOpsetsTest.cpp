// What operators said in the first opsets, which files of those years still say.
#include "frontend/onnx/OnnxModel.h"

#include <gtest/gtest.h>

#include "OnnxFile.h"

namespace ninc::testing {
namespace {

// y = op(x), of x [1, 2].
OnnxFile fileOf(const std::string &op, std::int64_t opset) {
  OnnxFile file(opset);
  file.input("x", {1, 2}).output("y").node(op, {"x"}, {"y"});
  return file;
}

TEST(OnnxOpset1, SaysWhichInputsMayBeOverwrittenAndThatIsPassedOver) {
  for (const char *op : {"Relu", "Tanh", "HardSigmoid", "Selu", "Sum", "Dropout", "Reshape", "Clip"}) {
    OnnxFile file = fileOf(op, 1);
    set(nodeOf(file), "consumed_inputs", std::vector<std::int64_t>{0});
    if (std::string(op) == "Reshape") set(nodeOf(file), "shape", std::vector<std::int64_t>{1, 2});
    EXPECT_TRUE(import(file).model) << op << "\n" << import(file).said;
  }
}

} // namespace
} // namespace ninc::testing
