#include "frontend/onnx/InputShapes.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>

#include "frontend/onnx/ReadModel.h"
#include "frontend/onnx/constants/ReadTensor.h"
#include "support/Spelling.h"
#include "support/Utf8.h"

namespace ninc::onnx_import {

namespace {

bool isFloat(std::int32_t type) {
  const Result<NumberKind> kind = kindOf(type);
  return kind && *kind == NumberKind::real;
}

// What files write in place of an extent, and what it is once somebody says so.
class Resolution {
public:
  Resolution(const ImportOptions &options, Diagnostics &diagnostics)
      : options_(options), diagnostics_(diagnostics) {}

  std::optional<InputShape> resolve(const onnx::ValueInfoProto &input) {
    const std::string shown = shownName(input.name());
    const onnx::TypeProto &type = input.type();
    if (type.has_tensor_type() && !isFloat(type.tensor_type().elem_type()))
      diagnostics_.error(
          {},
          fmt::format("input '{}' is of {}; inputs are float", shown,
                      elementName(type.tensor_type().elem_type())),
          "--outputs and a part of the model that starts behind it, or an export with float inputs");
    else if (!type.has_tensor_type())
      diagnostics_.error({}, fmt::format("input '{}' is no tensor", shown));
    else if (type.tensor_type().shape().dim_size() > static_cast<int>(mostDims))
      diagnostics_.error(
          {}, fmt::format("input '{}' has {} dimensions", shown, type.tensor_type().shape().dim_size()));
    else
      return told(input, extentsOf(input));
    return std::nullopt;
  }

private:
  // Other floats are f32 in a graph, and so they are at its border.
  std::optional<InputShape> told(const onnx::ValueInfoProto &input, std::optional<InputShape> shape) {
    if (const std::int32_t type = input.type().tensor_type().elem_type(); type != onnx::TensorProto::FLOAT)
      diagnostics_.remark("import", {},
                          fmt::format("input '{}' is of {}; the model takes f32 for it, and computes in f32",
                                      shownName(input.name()), elementName(type)));
    return shape;
  }

  const Shape *given(const std::string &name) const {
    for (const auto &[key, shape] : options_.shapes)
      if (key == name) return &shape;
    return nullptr;
  }

  std::optional<InputShape> extentsOf(const onnx::ValueInfoProto &input) {
    const onnx::TypeProto::Tensor &type = input.type().tensor_type();
    const Shape *wanted = given(input.name());
    if (wanted && (!type.has_shape() || fits(*wanted, type.shape()))) {
      for (int i = 0; i < type.shape().dim_size(); ++i)
        if (const std::string &symbol = type.shape().dim(i).dim_param(); !symbol.empty())
          symbols_.try_emplace(symbol, (*wanted)[static_cast<std::size_t>(i)]);
      return InputShape{input.name(), *wanted};
    }
    const std::string shown = shownName(input.name());
    if (wanted) {
      diagnostics_.error({}, fmt::format("--shape says {} of input '{}', which is {}", textOf(*wanted), shown,
                                         written(type.shape())));
      return std::nullopt;
    }
    if (!type.has_shape()) {
      diagnostics_.error({}, fmt::format("the file doesn't say the shape of input '{}'", shown),
                         fmt::format("--shape '{}=1x3x224x224', with the shape that it has", shown));
      return std::nullopt;
    }
    return closed(input, type.shape());
  }

  // Where every extent is known or a batch.
  std::optional<InputShape> closed(const onnx::ValueInfoProto &input, const onnx::TensorShapeProto &shape) {
    InputShape result{input.name(), {}};
    bool open = false;
    for (int i = 0; i < shape.dim_size(); ++i) {
      const auto &dim = shape.dim(i);
      const auto symbol = symbols_.find(dim.dim_param());
      if (dim.dim_value() > 0)
        result.dims.push_back(dim.dim_value());
      else if (!dim.dim_param().empty() && symbol != symbols_.end())
        result.dims.push_back(symbol->second);
      else if (i == 0 && shape.dim_size() > 1)
        result.dims.push_back(1);
      else
        open = true, result.dims.push_back(usualExtent);
    }
    if (!open) return result;
    const std::string shown = shownName(input.name());
    diagnostics_.error(
        {}, fmt::format("input '{}' is {}: the file leaves extents open", shown, written(shape)),
        fmt::format("say what they are, for example --shape '{}={}'", shown, fmt::join(result.dims, "x")));
    return std::nullopt;
  }

  // Extents that are open take any. So do those of maps in a file that was exported for one size: whether the
  // graph does, shows.
  static bool fits(const Shape &wanted, const onnx::TensorShapeProto &shape) {
    if (static_cast<int>(wanted.size()) != shape.dim_size()) return false;
    constexpr int firstOfMap = 2;
    for (int i = 1; i < std::min(firstOfMap, shape.dim_size()); ++i) // of axis 0 there may be any number
      if (shape.dim(i).dim_value() > 0 && shape.dim(i).dim_value() != wanted[static_cast<std::size_t>(i)])
        return false;
    return true;
  }

  static std::string written(const onnx::TensorShapeProto &shape) {
    std::vector<std::string> extents;
    for (const auto &dim : shape.dim())
      extents.push_back(dim.dim_value() > 0       ? fmt::format("{}", dim.dim_value())
                        : dim.dim_param().empty() ? "?"
                                                  : asLine(dim.dim_param(), 60));
    return fmt::format("[{}]", fmt::join(extents, ", "));
  }

  static constexpr std::int64_t usualExtent = 224;

  const ImportOptions &options_;
  Diagnostics &diagnostics_;
  std::map<std::string, std::int64_t> symbols_;
};

} // namespace

std::optional<std::vector<InputShape>> inputShapes(const std::vector<const onnx::ValueInfoProto *> &inputs,
                                                   const ImportOptions &options, Diagnostics &diagnostics) {
  const std::size_t earlier = diagnostics.errorCount();
  std::vector<std::string> known;
  for (const onnx::ValueInfoProto *input : inputs)
    known.push_back(input->name());
  for (const auto &[name, shape] : options.shapes)
    if (std::ranges::count(known, name) == 0)
      diagnostics.error(
          {}, fmt::format("--shape: the model has no input '{}'; it has {}", name, fmt::join(known, ", ")),
          didYouMean(name, known));
  Resolution resolution(options, diagnostics);
  std::vector<InputShape> shapes;
  for (const onnx::ValueInfoProto *input : inputs)
    if (std::optional<InputShape> shape = resolution.resolve(*input)) shapes.push_back(std::move(*shape));
  if (diagnostics.errorCount() > earlier) return std::nullopt;
  if (options.batch && sharedBatch(shapes))
    for (std::size_t i = 0; i < shapes.size(); ++i) {
      const onnx::TensorShapeProto &said = inputs[i]->type().tensor_type().shape();
      if (said.dim_size() > 0) shapes[i].written = said.dim(0).dim_value(); // 0 where it is open
      shapes[i].dims[0] = *options.batch;
    }
  return shapes;
}

} // namespace ninc::onnx_import
