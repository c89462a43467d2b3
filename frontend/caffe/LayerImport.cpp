#include "frontend/caffe/LayerImport.h"

#include <algorithm>
#include <fmt/format.h>
#include <memory>

namespace ninc::caffe_import {

LayerImport::LayerImport(const WiredLayer &wired, std::vector<const NetValue *> bottoms, NetGraph &net,
                         Diagnostics &diagnostics)
    : layer(wired.layer.proto), placed_(wired.layer), bottoms_(std::move(bottoms)), tops_(wired.tops.size()),
      net_(net), diagnostics_(diagnostics) {}

void LayerImport::refuse(std::string message, std::string help) {
  if (!failed_)
    diagnostics_.error(placed_.where, fmt::format("{}: {}", labelOf(layer), message), std::move(help));
  failed_ = true;
}

void LayerImport::mixImages() {
  mixesImages_ = failed_ = true;
}

std::optional<std::size_t> LayerImport::ownAxis(std::size_t axis) {
  if (axis >= firstOwn()) return axis - firstOwn();
  mixImages();
  return std::nullopt;
}

std::size_t LayerImport::axis(std::int64_t axis, std::size_t rank, bool behind) {
  const auto count = static_cast<std::int64_t>(rank);
  // From behind, the place behind the last one is -1 then.
  const std::int64_t places = behind ? count + 1 : count;
  if (axis < -places || axis >= places) {
    refuse(fmt::format("axis {} is none of {} dimensions", axis, rank));
    return 0;
  }
  return static_cast<std::size_t>(axis < 0 ? axis + places : axis);
}

// ---- bottoms

Value LayerImport::maps(std::size_t bottom) {
  const Dims &dims = this->bottom(bottom).dims;
  if (dims.size() != 4) {
    refuse(fmt::format("it slides over {}; maps [N, C, H, W] are supported", textOf(dims)));
    return {};
  }
  return channelsFirst(bottom);
}

Value LayerImport::channelsFirst(std::size_t bottom) {
  const auto &[dims, value, isReadOnce] = this->bottom(bottom);
  if (failed_) return {};
  if (dims.size() < 2) {
    refuse(fmt::format("its bottom {} has no channels", textOf(dims)));
    return {};
  }
  if (isSplit()) return value;
  if (dims[0] == 1) return reshape(value, {dims.begin() + 1, dims.end()});
  refuse(fmt::format("it works on {}, a batch of {} that isn't that of the net's inputs", textOf(dims),
                     dims[0]));
  return {};
}

// ---- numbers

Parameter LayerImport::numbers(std::size_t blob, Shape shape, std::string_view what) {
  if (failed_) return {};
  net_.asksForNumbers = true;
  blobsAsked_ = std::max(blobsAsked_, blob + 1);
  if (!net_.weights.areThere()) return {};
  const std::size_t count = net_.weights.count(layer.name());
  if (layer.name().empty()) {
    refuse(fmt::format("it has no name, by which the trained net would say {}", what));
    return {};
  }
  if (count == 0) {
    if (net_.withoutNumbers.empty() || net_.withoutNumbers.back() != layer.name())
      net_.withoutNumbers.push_back(layer.name());
    return {};
  }
  if (blob >= count) {
    refuse(fmt::format("the trained net has {} blobs for it, and {} would be another", count, what));
    return {};
  }
  Result<Parameter> parameter = net_.weights.blob(layer.name(), blob, std::move(shape));
  if (parameter) {
    net_.roomForConstants.hasRead((*parameter)->data.size());
    return *parameter;
  }
  refuse(fmt::format("{} are {}", what, parameter.error().message));
  return {};
}

float LayerImport::number(std::size_t blob, std::string_view what) {
  const Parameter parameter = numbers(blob, {1}, what);
  return parameter ? parameter->data[0] : 1;
}

void LayerImport::finish() {
  if (failed_) return;
  const std::size_t count = net_.weights.count(layer.name());
  if (blobsAsked_ > 0 && count > blobsAsked_)
    refuse(fmt::format("the trained net has {} blobs for it, and {} are needed", count, blobsAsked_),
           "is it trained with other fields, such as bias_term?");
  for (const std::optional<NetValue> &top : tops_)
    if (!top) refuse("one of its tops isn't supported");
}

// ---- tops

void LayerImport::give(Value value, Dims dims, std::size_t top) {
  if (!failed_ && value && top < tops_.size()) tops_[top] = NetValue{std::move(dims), value};
}

// ---- the graph

Value LayerImport::append(Op op, std::vector<Value> operands) {
  if (failed_ || std::ranges::any_of(operands, [](Value value) { return !value; })) return {};
  const std::string base = identifierLike(layer.top_size() > 0 ? layer.top(0) : layer.name());
  Result<Value> value = net_.append(std::move(op), std::move(operands), base + "_part");
  if (value) return *value;
  refuse(value.error().message);
  return {};
}

Value LayerImport::reshape(Value value, const Shape &shape) {
  if (failed_ || !value || shapeOf(value) == shape) return value;
  return append(shape.size() == 1 ? Op(Flatten{}) : Op(Reshape{shape}), {value});
}

Parameter LayerImport::filled(float number, const Shape &shape) {
  std::int64_t count = 0;
  if (failed_) return {};
  if (checkShape(shape) && countElements(shape, count) && net_.roomForConstants.take(count))
    return std::make_shared<const Tensor>(
        Tensor{shape, std::vector<float>(static_cast<std::size_t>(count), number)});
  refuse(fmt::format("it needs a constant of {}, which with the others is more than {} numbers",
                     toString(shape), net_.roomForConstants.most()));
  return {};
}

Value LayerImport::constant(float number, const Shape &shape) {
  Parameter numbers = filled(number, shape);
  return append(Constant{shape, std::move(numbers)}, {});
}

Value LayerImport::constant(Parameter numbers, const Shape &shape) {
  if (!numbers) return constant(0.0f, shape);
  return append(Constant{shape, std::move(numbers)}, {});
}

} // namespace ninc::caffe_import
