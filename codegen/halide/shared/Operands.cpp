#include "codegen/halide/shared/Operands.h"

#include "codegen/halide/shared/Variables.h"
#include "runtime/device/device.h"

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

} // namespace

Type keptAs(ElementType element, const KernelSpec &spec) {
  if (element == ElementType::f32) return Float(32);
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
  return asNumbers(arguments.operand(index, operandView(spec, index, std::move(view)),
                                     keptAs(spec.inputs[index].element, spec)));
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
