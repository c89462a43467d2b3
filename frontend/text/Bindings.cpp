#include "frontend/text/Bindings.h"

#include <algorithm>
#include <fmt/format.h>
#include <vector>

#include "ir/Names.h"

namespace ninc::text {

void Bindings::collect(Statement names) {
  for (std::size_t i = 0; i < names.size(); i += 2)
    bindings_.try_emplace(names[i].text, Binding{Standing::later, names[i].where, {}});
}

bool Bindings::check(Statement names) {
  bool good = true;
  for (std::size_t i = 0; i < names.size(); i += 2) {
    const Token &name = names[i];
    SourceRange first = bindings_.at(name.text).where;
    Result<void> fits = checkName(name.text);
    if (!fits)
      diagnostics_.error(name.where, fits.error().message);
    else if (first != name.where)
      diagnostics_.error(
          name.where, fmt::format("'{}' is defined twice", name.text),
          fmt::format("the first definition is on line {}, column {}", first.line, first.column));
    else
      continue;
    good = false;
  }
  return good;
}

void Bindings::bind(Statement names, Node node) {
  for (std::size_t i = 0; i < names.size(); i += 2) {
    Binding &binding = bindings_.at(names[i].text);
    binding.standing = Standing::bound;
    binding.value = {node, i / 2};
  }
}

void Bindings::poison(Statement names) {
  for (std::size_t i = 0; i < names.size(); i += 2)
    if (Binding &binding = bindings_.at(names[i].text); binding.standing == Standing::later)
      binding.standing = Standing::poisoned;
}

std::optional<Value> Bindings::lookUp(const Token &name) {
  auto found = bindings_.find(name.text);
  if (found == bindings_.end()) {
    reportUnknown(name);
    return std::nullopt;
  }
  const Binding &binding = found->second;
  if (binding.standing == Standing::bound) return binding.value;
  if (binding.standing == Standing::poisoned) return std::nullopt;
  if (binding.where.line <= name.where.line)
    diagnostics_.error(name.where, fmt::format("'{}' is computed from itself", name.text),
                       "a network has no cycles; give the result another name");
  else
    diagnostics_.error(name.where,
                       fmt::format("'{}' is defined later, on line {}; ops come after their operands",
                                   name.text, binding.where.line));
  return std::nullopt;
}

void Bindings::reportUnknown(const Token &name) {
  std::string message = fmt::format("unknown value '{}'", name.text);
  if (isLanguageWord(name.text)) { // as `output relu`; there is no likelier word
    diagnostics_.error(name.where, std::move(message));
    return;
  }
  std::vector<std::string_view> candidates;
  if (advice_.isLeft())
    for (const auto &[known, binding] : bindings_)
      if (binding.standing != Standing::later) candidates.push_back(known);
  std::ranges::sort(candidates);
  candidates.insert(candidates.end(), languageWords().begin(), languageWords().end());
  diagnostics_.error(name.where, std::move(message), advice_.on(name.text, candidates));
}

std::string Bindings::madeUpName(const Op &op) {
  std::size_t &number = madeUp_[spellingOf(op)];
  std::string name;
  do
    name = fmt::format("{}_{}", spellingOf(op), ++number);
  while (bindings_.contains(name));
  return name;
}

SourceRange Bindings::definition(std::string_view name) const {
  auto found = bindings_.find(name);
  return found == bindings_.end() ? SourceRange{} : found->second.where;
}

} // namespace ninc::text
