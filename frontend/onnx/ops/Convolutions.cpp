// Convolutions over signals, maps and volumes, and back.
#include <algorithm>
#include <fmt/format.h>

#include "frontend/onnx/Operators.h"
#include "frontend/onnx/ops/Windows.h"

namespace ninc::onnx_import {

namespace {

// Numbers of a convolution: its kernel is that of its weights.
std::optional<SpatialConvolution> read(NodeImport &node) {
  const Literal weight = node.constant(1, "its weights");
  if (node.failed()) return std::nullopt;
  const Dims &dims = node.input(0).dims;
  if (weight.dims.size() != dims.size()) {
    node.refuse(fmt::format("its weights are {} for an input {}", textOf(weight.dims), textOf(dims)));
    return std::nullopt;
  }
  SpatialConvolution of;
  const Shape kernel(weight.dims.begin() + 2, weight.dims.end());
  if (node.attributes.has("kernel_shape"))
    if (const Shape said = kernelOf(node); !node.failed() && said != kernel)
      node.refuse(
          fmt::format("its kernel_shape is {}, but its weights are {}", toString(said), textOf(weight.dims)));
  of.window.kernel = kernel;
  of.groups = node.attributes.integer("group", 1);
  const std::int64_t channels = dims[1];
  if (!node.failed() && (of.groups < 1 || channels % of.groups != 0 || weight.count() == 0))
    node.refuse(fmt::format("its weights are {} for {} channels in {} groups", textOf(weight.dims), channels,
                            of.groups));
  if (node.failed()) return std::nullopt;
  of.weight = parameterOf(weight, weight.dims);
  return of;
}

void readBias(NodeImport &node, SpatialConvolution &of) {
  if (!node.has(2)) return;
  const Literal bias = node.constant(2, "its bias");
  if (!node.failed() && static_cast<std::int64_t>(bias.count()) != of.outChannels)
    node.refuse(fmt::format("its bias is {} for {} outputs", textOf(bias.dims), of.outChannels));
  if (!node.failed()) of.bias = parameterOf(bias, {of.outChannels});
}

// `own` of the weights' channels are those of a group; `count` is how many numbers an image takes.
void checkWeights(NodeImport &node, const SpatialConvolution &of, std::int64_t own, std::int64_t count) {
  const Dims &dims = node.input(0).dims;
  if (node.failed()) return;
  if (own != dims[1])
    node.refuse(fmt::format("its weights are {} for {} channels in {} groups", toString(of.weight->shape),
                            dims[1], of.groups));
  const std::int64_t images = imagesOf(node, dims), inFile = elementCount(of.weight->shape);
  if (count > mostElements / images)
    return node.refuse(fmt::format(
        "as a convolution of maps it would have {} weights for each of {} images, together more than {}",
        count, images, mostElements));
  if (count * images > inFile) node.roomFor({count * images - inFile});
}

AppendOp appendTo(NodeImport &node) {
  return
      [&node](Op op, std::vector<Value> operands) { return node.append(std::move(op), std::move(operands)); };
}

void conv(NodeImport &node) {
  const Value x = spatial(node);
  std::optional<SpatialConvolution> of = read(node);
  if (!of) return;
  of->window = windowOf(node, of->window.kernel);
  of->outChannels = of->weight->shape[0];
  if (node.failed()) return;
  readBias(node, *of);
  const Dims &dims = node.input(0).dims;
  checkWeights(node, *of, of->weight->shape[1] * of->groups,
               weightCount(*of, {dims.begin() + 1, dims.end()}));
  if (node.failed()) return;
  of = repeated(*std::move(of), imagesOf(node, dims)); // images are groups
  giveSpatial(node, appendConvolution(node.builder().graph, appendTo(node), x, *of));
}

// ---- transposed

// The results along each dimension, and how many of the whole are cut off in front.
struct Results {
  Shape extents, before;
};

// All that the operand's elements reach, cut by pads, or what output_shape says, cut evenly on both sides.
Results resultsOf(NodeImport &node, const SpatialWindow &window, const Shape &shape) {
  const std::size_t rank = window.kernel.size();
  const std::string automatic = node.attributes.text("auto_pad", "NOTSET");
  const Shape more = spatialNumbers(node, "output_padding", 0);
  const auto given = node.attributes.integers("output_shape");
  const auto pads = node.attributes.integers("pads");
  Results results{Shape(rank, 0), Shape(rank, 0)};
  if (automatic != "NOTSET" && !automatic.empty() && automatic != "VALID" && !automatic.starts_with("SAME_"))
    node.refuse("its auto_pad is none of NOTSET, SAME_UPPER, SAME_LOWER and VALID");
  if (given && given->size() != rank && given->size() != rank + 2)
    node.refuse(fmt::format("its output_shape has {} numbers for {} dimensions", given->size(), rank + 2));
  if (pads && pads->size() != 2 * rank)
    node.refuse(fmt::format("its attribute 'pads' has {} numbers for {} dimensions", pads->size(), rank + 2));
  const auto areLarge = [](const auto &numbers) {
    return std::ranges::any_of(
        numbers, [](std::int64_t number) { return number < -mostElements || number > mostElements; });
  };
  if ((given && areLarge(*given)) || (pads && areLarge(*pads)) || areLarge(more))
    node.refuse("its pads, output_padding or output_shape are too large");
  if (node.failed()) return results;
  for (std::size_t d = 0; d < rank; ++d) {
    const std::int64_t all =
        window.stride[d] * (shape[1 + d] - 1) + more[d] + window.dilation[d] * (window.kernel[d] - 1) + 1;
    const bool isSame = automatic.starts_with("SAME_");
    if (given || isSame) {
      results.extents[d] = given ? (*given)[given->size() - rank + d] : shape[1 + d] * window.stride[d];
      const Sides cut =
          samePadding(std::max<std::int64_t>(all - results.extents[d], 0), automatic == "SAME_UPPER");
      results.before[d] = cut.before;
    } else {
      results.before[d] = pads ? (*pads)[d] : 0;
      results.extents[d] = all - results.before[d] - (pads ? (*pads)[rank + d] : 0);
    }
    if (results.extents[d] < 1 || results.extents[d] > mostElements || results.before[d] < 0 || more[d] < 0)
      node.refuse(fmt::format(
          "its pads, output_padding or output_shape give {} results along dimension {}, from {} on",
          results.extents[d], d + 2, results.before[d]));
  }
  return results;
}

void convTranspose(NodeImport &node) {
  const Value x = spatial(node);
  std::optional<SpatialConvolution> of = read(node);
  if (!of) return;
  of->window.stride = spatialNumbers(node, "strides", 1);
  of->window.dilation = spatialNumbers(node, "dilations", 1);
  of->window.before = of->window.behind = Shape(of->window.kernel.size(), 0);
  if (!checkRange(node, of->window)) return;
  const Dims &dims = node.input(0).dims;
  const Shape shape(dims.begin() + 1, dims.end());
  of->outChannels = of->weight->shape[1] * of->groups;
  const Results results = resultsOf(node, of->window, shape);
  constexpr std::int64_t mostPlanes = 1024; // each of which is a slice of the volume
  if (of->window.kernel.size() == 3 && transposedTaps(of->window, 0) > mostPlanes)
    return node.refuse(fmt::format("along the depth {} planes meet in each result; up to {} are supported",
                                   transposedTaps(of->window, 0), mostPlanes));
  readBias(node, *of);
  checkWeights(node, *of, of->weight->shape[0], transposedWeightCount(*of, shape));
  if (node.failed()) return;
  of->window.before = results.before;
  of = repeated(*std::move(of), imagesOf(node, dims)); // images are groups
  giveSpatial(node,
              appendTransposedConvolution(node.builder().graph, appendTo(node), x, *of, results.extents));
}

constexpr Operator table[] = {{"Conv", conv}, {"ConvTranspose", convTranspose}};

} // namespace

std::span<const Operator> convolutionOperators() {
  return table;
}

} // namespace ninc::onnx_import
