#include "frontend/onnx/Attributes.h"

namespace ninc::onnx_import {

using onnx::AttributeProto;

const AttributeProto *Attributes::find(std::string_view name) const {
  for (const AttributeProto &attribute : node_.attribute())
    if (attribute.name() == name) return &attribute;
  return nullptr;
}

const AttributeProto *Attributes::ask(std::string_view name, AttributeProto::AttributeType type) {
  pass(name);
  const AttributeProto *attribute = find(name);
  if (!attribute || attribute->type() == type) return attribute;
  // Files from before attributes had types say what they are by what they hold.
  if (attribute->type() == AttributeProto::UNDEFINED) return attribute;
  wrong_ = name;
  return nullptr;
}

std::int64_t Attributes::integer(std::string_view name, std::int64_t otherwise) {
  const AttributeProto *attribute = ask(name, AttributeProto::INT);
  return attribute ? attribute->i() : otherwise;
}

float Attributes::real(std::string_view name, float otherwise) {
  const AttributeProto *attribute = ask(name, AttributeProto::FLOAT);
  return attribute ? attribute->f() : otherwise;
}

std::string Attributes::text(std::string_view name, std::string_view otherwise) {
  const AttributeProto *attribute = ask(name, AttributeProto::STRING);
  return attribute ? attribute->s() : std::string(otherwise);
}

std::optional<std::vector<std::int64_t>> Attributes::integers(std::string_view name) {
  const AttributeProto *attribute = ask(name, AttributeProto::INTS);
  if (!attribute) return std::nullopt;
  return std::vector<std::int64_t>(attribute->ints().begin(), attribute->ints().end());
}

std::optional<std::vector<float>> Attributes::reals(std::string_view name) {
  const AttributeProto *attribute = ask(name, AttributeProto::FLOATS);
  if (!attribute) return std::nullopt;
  return std::vector<float>(attribute->floats().begin(), attribute->floats().end());
}

const onnx::TensorProto *Attributes::tensor(std::string_view name) {
  const AttributeProto *attribute = ask(name, AttributeProto::TENSOR);
  return attribute ? &attribute->t() : nullptr;
}

std::string Attributes::unread() const {
  for (const AttributeProto &attribute : node_.attribute())
    if (!asked_.contains(attribute.name())) return attribute.name();
  return {};
}

} // namespace ninc::onnx_import
