#include "tests/unit/passes/Networks.h"

#include <fmt/format.h>

namespace ninc::networks {

namespace {

class Builder {
public:
  explicit Builder(std::string model) : graph(std::move(model)) {}

  void add(Op op, std::vector<Value> operands, std::string name) {
    last = graph.result(graph.append(std::move(op), operands, {std::move(name)}).value());
  }

  // Convolutions k x k, 1 x 1, 1 x 1, a relu behind each; the last relu has the stage's name.
  void stage(const std::string &name, std::int64_t kernel, std::vector<std::int64_t> channels) {
    for (std::size_t i = 0; i < channels.size(); ++i) {
      ConvLayer layer;
      layer.outChannels = channels[i];
      std::int64_t extent = i == 0 ? kernel : 1, pad = extent / 2;
      layer.window.kernel = {extent, extent};
      layer.window.pad = {pad, pad, pad, pad};
      add(Conv2d{layer}, {last}, fmt::format("{}_conv{}", name, i));
      add(Unary{UnaryKind::relu}, {last},
          i + 1 == channels.size() ? name : fmt::format("{}_relu{}", name, i));
    }
  }

  Graph graph;
  Value last;
};

} // namespace

Graph ninCifar10() {
  const Window overlapping{{3, 3}, {2, 2}, {1, 1}, {}};
  Builder build("nin_cifar10");
  build.add(Input{{ElementType::f32, {3, 32, 32}, Layout::chw}}, {}, "image");
  build.stage("stage1", 5, {192, 160, 96});
  build.add(MaxPool{overlapping, PoolExtent::ceil}, {build.last}, "pool1");
  build.add(Dropout{}, {build.last}, "drop1");
  build.stage("stage2", 5, {192, 192, 192});
  build.add(MaxPool{overlapping, PoolExtent::ceil}, {build.last}, "pool2");
  build.add(Dropout{}, {build.last}, "drop2");
  build.stage("maps", 3, {192, 192, 10});
  build.add(AveragePool{Window{{8, 8}, {1, 1}, {1, 1}, {}}, PoolExtent::floor, false}, {build.last}, "mean");
  build.add(Flatten{}, {build.last}, "flat");
  build.add(Softmax{}, {build.last}, "prob");
  (void)build.graph.addOutput(build.last);
  return std::move(build.graph);
}

} // namespace ninc::networks
