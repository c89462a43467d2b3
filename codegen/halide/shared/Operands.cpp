#include "codegen/halide/shared/Operands.h"

#include "codegen/halide/shared/Variables.h"
#include "runtime/device/device.h"
#include "support/Arithmetic.h"

namespace ninc {

using namespace Halide;

namespace {

bool hasHalves(const KernelSpec &spec) {
  return spec.isOnDevice() && spec.device().kind == NINC_DEVICE_CUDA;
}

Func asNumbers(const ImageParam &kept) {
  if (kept.type() == Float(32)) return kept;
  Func numbers(kept.name() + "_numbers");
  const std::vector<Var> position = makeVariables(static_cast<std::size_t>(kept.dimensions()));
  numbers(position) = fromKept(kept(expressions(position)));
  return numbers;
}

// A number of each channel, as constants.
template <class NumberOf>
Expr ofChannel(const TensorType &type, const Expr &channel, NumberOf numberOf) {
  const auto number = [&](std::size_t c) {
    return Expr(static_cast<float>(numberOf(lineOf(type.preprocessing, c))));
  };
  Expr numbers = number(0);
  if (isAlike(type.preprocessing)) return numbers;
  for (std::int64_t c = 1; c < type.shape[0]; ++c)
    numbers = select(channel < toInt(c), numbers, number(static_cast<std::size_t>(c)));
  return numbers;
}

// What an input's element means: an element of that channel of the model's, which is the element kept there,
// or in the opposite one.
Func preprocessed(const ImageParam &kept, const TensorType &type) {
  Func numbers(kept.name() + "_numbers");
  const std::vector<Var> position = makeVariables(static_cast<std::size_t>(kept.dimensions()));
  std::vector<Expr> place = expressions(position);
  if (type.preprocessing.reversed) place[0] = toInt(type.shape[0] - 1) - place[0];
  const Expr mean = ofChannel(type, position[0], [](const ChannelLine &line) { return line.mean; });
  const Expr factor = ofChannel(type, position[0], [](const ChannelLine &line) { return line.factor; });
  numbers(position) = (cast<float>(kept(place)) - mean) * factor;
  return numbers;
}

} // namespace

Type keptAs(ElementType element, const KernelSpec &spec) {
  if (element == ElementType::f32) return Float(32);
  if (element == ElementType::u8) return UInt(8);
  return hasHalves(spec) ? Float(16) : UInt(16);
}

Expr toKept(const Expr &value, ElementType element, const KernelSpec &spec) {
  if (element == ElementType::f32) return value;
  constexpr float largest = 65504.0f;
  const Expr clamped = clamp(value, -largest, largest);
  if (hasHalves(spec)) return cast(Float(16), clamped);
  // Scaled by 2^-112, the exponent's bits are those of the f16, and 13 bits of the fraction too many.
  const Expr sign = (reinterpret<std::uint32_t>(value) >> 16) & Internal::make_const(UInt(32), 0x8000);
  const Expr bits = reinterpret<std::uint32_t>(abs(clamped) * 0x1p-112f);
  const Expr half =
      Internal::make_const(UInt(32), 0xfff) + ((bits >> 13) & Internal::make_const(UInt(32), 1));
  return cast<std::uint16_t>(sign | ((bits + half) >> 13));
}

Expr fromKept(const Expr &kept) {
  if (kept.type() == Float(32)) return kept;
  if (kept.type() == Float(16)) return cast<float>(kept);
  const Expr bits = cast<std::uint32_t>(kept);
  const Expr magnitude = reinterpret<float>((bits & Internal::make_const(UInt(32), 0x7fff)) << 13) * 0x1p112f;
  const Expr sign = (bits & Internal::make_const(UInt(32), 0x8000)) << 16;
  return reinterpret<float>(reinterpret<std::uint32_t>(magnitude) | sign);
}

Expr toResult(const Expr &value, const KernelSpec &spec, std::size_t index) {
  return toKept(value, spec.outputs[index].element, spec);
}

std::vector<Dimension> operandView(const KernelSpec &spec, std::size_t index, std::vector<Dimension> view) {
  if (spec.isConstant(index)) view.back().stride = 0;
  return view;
}

Func readOperand(Arguments &arguments, const KernelSpec &spec, std::size_t index,
                 std::vector<Dimension> view) {
  const TensorType &type = spec.inputs[index];
  const ImageParam kept =
      arguments.operand(index, operandView(spec, index, std::move(view)), keptAs(type.element, spec));
  return isAsApplicationsHave(type) ? preprocessed(kept, type) : asNumbers(kept);
}

Func readWeights(Arguments &arguments, const KernelSpec &spec, std::size_t index,
                 std::vector<Dimension> view) {
  const ElementType element = spec.isOnDevice() ? spec.device().storage : ElementType::f32;
  ImageParam weights = arguments.weights(index, std::move(view), keptAs(element, spec));
  if (spec.isOnDevice())
    weights.set_host_alignment(NINC_DEVICE_ALIGNMENT); // so that vectors are loaded as such
  return asNumbers(weights);
}

} // namespace ninc
