// Chains as values, and their type rule: what operands stretch to.
#include "ir/ops/Pointwise.h"

#include <algorithm>
#include <fmt/format.h>

#include "ir/ops/StepFunctions.h"
#include "ir/ops/TypeRule.h"
#include "support/Counted.h"

namespace ninc {

std::string_view spellingOf(const PointwiseFunction &function) {
  return spellingOf(opOf(function));
}

std::size_t arityOf(const PointwiseFunction &function) {
  return std::holds_alternative<Binary>(function) ? 2 : 1;
}

std::string toString(const PointwiseSource &source) {
  return fmt::format("{}{}", source.kind == PointwiseSource::Kind::operand ? '$' : '%', source.index);
}

bool readsChannel(const PointwiseChain &chain) {
  return std::ranges::any_of(chain.steps,
                             [](const PointwiseStep &step) { return !isUniform(opOf(step.function)); });
}

namespace {

std::optional<ChainError> checkStep(const PointwiseStep &step, std::size_t number, std::size_t operands) {
  const std::string_view function = spellingOf(step.function);
  const std::size_t arity = arityOf(step.function);
  if (step.sources.size() != arity)
    return ChainError{
        fmt::format("{} takes {}, not {}", function, counted(arity, "source"), step.sources.size()), number};
  for (const PointwiseSource &source : step.sources) {
    if (source.kind == PointwiseSource::Kind::operand && source.index >= operands)
      return ChainError{
          fmt::format("{} reads {}, but the last operand is ${}", function, toString(source), operands - 1),
          number};
    if (source.kind == PointwiseSource::Kind::step && source.index >= number)
      return ChainError{fmt::format("{} is step %{} and reads {}, which isn't computed before it", function,
                                    number, toString(source)),
                        number};
  }
  const std::vector<TensorType> numbers(arity, TensorType{ElementType::f32, {1}, Layout::chw});
  if (auto types = checkTypes(opOf(step.function), numbers); !types)
    return ChainError{types.error().message, number};
  return std::nullopt;
}

bool isRead(const PointwiseChain &chain, const PointwiseSource &wanted) {
  return std::ranges::any_of(chain.steps, [&](const PointwiseStep &step) {
    return std::ranges::find(step.sources, wanted) != step.sources.end();
  });
}

} // namespace

std::optional<ChainError> checkChain(const PointwiseChain &chain, std::size_t operands) {
  if (chain.steps.empty()) return ChainError{"a chain needs at least one step"};
  if (operands == 0) return ChainError{"a chain needs at least one operand"};
  if (chain.steps.size() > mostPointwiseSteps)
    return ChainError{
        fmt::format("a chain has at most {} steps, not {}", mostPointwiseSteps, chain.steps.size()),
        mostPointwiseSteps};
  if (operands > mostPointwiseOperands)
    return ChainError{
        fmt::format("a chain has at most {} operands, not {}", mostPointwiseOperands, operands)};
  for (std::size_t i = 0; i < chain.steps.size(); ++i)
    if (auto error = checkStep(chain.steps[i], i, operands)) return error;
  for (std::size_t i = 0; i < operands; ++i)
    if (!isRead(chain, {PointwiseSource::Kind::operand, i}))
      return ChainError{fmt::format("no step reads operand ${}", i), std::nullopt, i};
  for (std::size_t i = 0; i + 1 < chain.steps.size(); ++i)
    if (!isRead(chain, {PointwiseSource::Kind::step, i}))
      return ChainError{fmt::format("no step reads %{}, {}", i, spellingOf(chain.steps[i].function)), i};
  return std::nullopt;
}

namespace rules {

Checked<void> checkChain(std::string_view op, const PointwiseChain &chain, std::size_t operands) {
  const std::optional<ChainError> error = ninc::checkChain(chain, operands);
  if (!error) return {};
  const Part part = error->step      ? Part::step(*error->step)
                    : error->operand ? Part::operand(*error->operand)
                                     : Part{};
  return refuse(part, fmt::format("{}: {}", op, error->message));
}

Checked<Types> resultTypes(const Pointwise &op, Operands operands) {
  if (auto ok = checkChain("pointwise", op.chain, operands.size()); !ok) return tl::unexpected(ok.error());
  return stretched("pointwise", operands);
}

} // namespace rules

} // namespace ninc
