#include "frontend/onnx/NodeOrder.h"

#include <algorithm>
#include <fmt/format.h>

#include "frontend/onnx/ReadModel.h"
#include "support/Spelling.h"

namespace ninc::onnx_import {

namespace {

void gather(const onnx::GraphProto &graph, Names &made, std::vector<std::string_view> &read) {
  for (const auto &input : graph.input())
    made.insert(input.name());
  for (const auto &tensor : graph.initializer())
    made.insert(tensor.name());
  for (const auto &node : graph.node()) {
    read.insert(read.end(), node.input().begin(), node.input().end());
    made.insert(node.output().begin(), node.output().end());
    for (const auto &attribute : node.attribute())
      if (attribute.has_g()) gather(attribute.g(), made, read);
  }
  for (const auto &output : graph.output())
    read.push_back(output.name());
}

// Of a node and its branches.
std::vector<std::string_view> readBy(const onnx::NodeProto &node) {
  std::vector<std::string_view> read(node.input().begin(), node.input().end());
  for (const auto &attribute : node.attribute())
    if (attribute.has_g()) {
      const std::vector<std::string_view> inside = readFromOutside(attribute.g());
      read.insert(read.end(), inside.begin(), inside.end());
    }
  return read;
}

class Ordering {
public:
  Ordering(const onnx::GraphProto &graph, const Names &outer, Diagnostics &diagnostics)
      : diagnostics_(diagnostics), given_(outer) {
    Names own;
    for (const auto &input : graph.input())
      own.insert(input.name());
    for (const auto &tensor : graph.initializer())
      own.insert(tensor.name());
    for (const auto &node : graph.node())
      for (const std::string &output : node.output())
        if (!output.empty()) addMaker(output, node, own);
    given_.insert(own.begin(), own.end());
  }

  // Depth first, without recursion: files may be deep.
  void require(std::string_view name, const onnx::NodeProto *reader) {
    struct Visit {
      const onnx::NodeProto *node;
      std::vector<std::string_view> reads;
      std::size_t next = 0;
    };
    std::vector<Visit> path;
    const auto enter = [&](std::string_view wanted, const onnx::NodeProto *by) {
      if (wanted.empty()) return;
      order_.read.insert(wanted);
      const auto maker = makers_.find(wanted);
      if (maker == makers_.end()) return given_.contains(wanted) ? void() : reportUnknown(wanted, by);
      const auto [state, isNew] = states_.try_emplace(maker->second, State::open);
      if (isNew)
        path.push_back({maker->second, readBy(*maker->second)});
      else if (state->second == State::open)
        reportCycle(*maker->second);
    };
    enter(name, reader);
    while (!path.empty()) {
      Visit &visit = path.back();
      const onnx::NodeProto *node = visit.node;
      if (visit.next < visit.reads.size()) {
        enter(visit.reads[visit.next++], node);
        continue;
      }
      states_[node] = State::done;
      order_.nodes.push_back(node);
      path.pop_back();
    }
  }

  NodeOrder take() { return std::move(order_); }

private:
  enum class State { open, done };

  void addMaker(const std::string &output, const onnx::NodeProto &node, const Names &own) {
    const char *already = own.contains(output) ? "an input or a tensor of the file is called"
                          : !makers_.emplace(output, &node).second ? "another node makes"
                                                                   : nullptr;
    if (already)
      diagnostics_.errorAt(labelOf(node), fmt::format("{} '{}' already", already, shownName(output)));
  }

  void reportUnknown(std::string_view name, const onnx::NodeProto *reader) {
    if (reader) {
      diagnostics_.errorAt(labelOf(*reader),
                           fmt::format("it reads '{}', which nothing makes", shownName(name)));
      return;
    }
    std::vector<std::string_view> known;
    for (const auto &[output, node] : makers_)
      known.push_back(output);
    std::ranges::sort(known);
    constexpr std::size_t mostAdvice = 4000; // comparing takes its time
    diagnostics_.error({}, fmt::format("the model has no value '{}'", shownName(name)),
                       known.size() <= mostAdvice ? didYouMean(name, known) : "");
  }

  void reportCycle(const onnx::NodeProto &node) {
    if (!foundCycle_) diagnostics_.errorAt(labelOf(node), "it is computed from itself");
    foundCycle_ = true;
  }

  Diagnostics &diagnostics_;
  Names given_;
  std::unordered_map<std::string_view, const onnx::NodeProto *> makers_;
  std::unordered_map<const onnx::NodeProto *, State> states_;
  NodeOrder order_;
  bool foundCycle_ = false;
};

} // namespace

std::vector<std::string_view> readFromOutside(const onnx::GraphProto &branch) {
  Names made;
  std::vector<std::string_view> read;
  gather(branch, made, read);
  std::erase_if(read, [&](std::string_view name) { return name.empty() || made.contains(name); });
  return read;
}

std::optional<NodeOrder> orderOf(const onnx::GraphProto &graph, const std::vector<std::string> &outputs,
                                 Diagnostics &diagnostics, const Names &outer) {
  const std::size_t earlier = diagnostics.errorCount();
  Ordering ordering(graph, outer, diagnostics);
  for (const std::string &output : outputs)
    ordering.require(output, nullptr);
  if (diagnostics.errorCount() > earlier) return std::nullopt;
  return ordering.take();
}

} // namespace ninc::onnx_import
