#include "frontend/onnx/ReadModel.h"

#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/stubs/logging.h>
#include <limits>

#include "support/FileContent.h"
#include "support/Utf8.h"

namespace ninc::onnx_import {

namespace {

// A model in a model in a model is a loop's body; nothing that is compiled here has one.
constexpr int deepestNesting = 64;
constexpr std::int64_t newestOpset = 28;

} // namespace

bool isOwnDomain(const std::string &domain) {
  return domain.empty() || domain == "ai.onnx";
}

std::string shownName(std::string_view name) {
  constexpr std::size_t longest = 200;
  return asLine(name, longest);
}

Result<onnx::ModelProto> readModelProto(std::string_view bytes) {
  const google::protobuf::LogSilencer silent;
  if (bytes.empty()) return fail("the file is empty");
  if (bytes.size() > std::numeric_limits<int>::max())
    return fail("the file is larger than 2 GiB, which no protobuf is");
  google::protobuf::io::ArrayInputStream array(bytes.data(), static_cast<int>(bytes.size()));
  google::protobuf::io::CodedInputStream stream(&array);
  stream.SetRecursionLimit(deepestNesting);
  onnx::ModelProto model;
  if (!model.ParseFromCodedStream(&stream) || !stream.ConsumedEntireMessage()) {
    if (const std::string what = butWhatItIs(bytes); !what.empty())
      return fail("the file is no ONNX model" + what);
    return fail("the file is no ONNX model, or a damaged one: its protobuf can't be read to the end");
  }
  if (!model.has_graph()) return fail("the file is no ONNX model: it has no graph");
  return model;
}

Result<std::int64_t> opsetOf(const onnx::ModelProto &model) {
  std::int64_t opset = 0;
  for (const auto &import : model.opset_import())
    if (isOwnDomain(import.domain())) opset = std::max<std::int64_t>(opset, import.version());
  // Before there were versions; or a model without a single operator of ONNX's own.
  if (opset == 0 && (model.ir_version() < 3 || model.opset_import_size() > 0)) opset = 1;
  if (opset < 1) return fail("the model doesn't say which version of ONNX's operators (opset) it uses");
  if (opset > newestOpset)
    return fail(fmt::format(
        "the model uses opset {}, which is newer than what is known here; export it with opset {} "
        "or an older one",
        opset, newestOpset));
  return opset;
}

std::string labelOf(const onnx::NodeProto &node) {
  const std::string op = shownName(node.op_type());
  if (!node.name().empty()) return fmt::format("node '{}' ({})", shownName(node.name()), op);
  if (node.output_size() > 0) return fmt::format("the node of '{}' ({})", shownName(node.output(0)), op);
  return fmt::format("a node without a name ({})", op);
}

} // namespace ninc::onnx_import
