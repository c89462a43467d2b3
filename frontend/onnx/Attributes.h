// A node's attributes, each asked for by its name and kind. What nobody has asked for is found at the end, so
// that no attribute is passed over in silence.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/onnx/Schema.h"

namespace ninc::onnx_import {

class Attributes {
public:
  explicit Attributes(const onnx::NodeProto &node) : node_(node) {}

  // What the attribute says, or the other where there is none.
  std::int64_t integer(std::string_view name, std::int64_t otherwise);
  float real(std::string_view name, float otherwise);
  std::string text(std::string_view name, std::string_view otherwise);
  std::optional<std::vector<std::int64_t>> integers(std::string_view name);
  std::optional<std::vector<float>> reals(std::string_view name);
  const onnx::TensorProto *tensor(std::string_view name);

  bool has(std::string_view name) const { return find(name) != nullptr; }
  // It says nothing that matters here.
  void pass(std::string_view name) { asked_.insert(std::string(name)); }

  // Of those that were asked for, one that is of another kind; empty if there is none.
  const std::string &ofAnotherKind() const { return wrong_; }
  // One that nobody has asked for; empty if there is none.
  std::string unread() const;
  // Those that were asked for, whether they are there or not.
  const std::set<std::string, std::less<>> &asked() const { return asked_; }

private:
  const onnx::AttributeProto *find(std::string_view name) const;
  // The attribute, if it is there and of that type.
  const onnx::AttributeProto *ask(std::string_view name, onnx::AttributeProto::AttributeType type);

  const onnx::NodeProto &node_;
  std::set<std::string, std::less<>> asked_;
  std::string wrong_;
};

} // namespace ninc::onnx_import
