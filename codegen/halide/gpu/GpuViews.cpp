#include "codegen/halide/gpu/GpuViews.h"

#include "runtime/device.h"

namespace ninc {

std::vector<Dimension> withImages(std::vector<Dimension> view, const TensorType &type, std::int64_t images) {
  view.push_back({0, images, elementCount(type.shape)});
  return view;
}

std::vector<Dimension> batchLineView(const TensorType &type, std::int64_t images) {
  return {{0, elementCount(type.shape) * images, 1}};
}

std::vector<Dimension> batchChannelView(const TensorType &type, std::int64_t images) {
  return withImages(channelView(type), type, images);
}

std::vector<Dimension> batchLogicalView(const TensorType &type, std::int64_t images) {
  return withImages(logicalView(type), type, images);
}

Arguments deviceArguments() {
  return Arguments(NINC_DEVICE_ALIGNMENT);
}

} // namespace ninc
