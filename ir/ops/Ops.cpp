// The ops by their spellings. Functions of elements share a struct, so their spellings come from their table.
#include "ir/ops/Ops.h"

namespace ninc {

namespace {

// Of Ops.def; empty where a table has them.
constexpr std::string_view structSpellings[] = {
#define NINC_OP(Struct, spelling) spelling,
#include "ir/ops/Ops.def"
};

std::vector<std::string_view> collectSpellings() {
  std::vector<std::string_view> spellings;
#define NINC_OP(Struct, text)                                                                                \
  if constexpr (std::is_same_v<Struct, Unary>) {                                                             \
    for (const UnaryFunction &function : unaryFunctions())                                                   \
      spellings.push_back(function.spelling);                                                                \
  } else if constexpr (std::is_same_v<Struct, Binary>) {                                                     \
    for (const BinaryFunction &function : binaryFunctions())                                                 \
      spellings.push_back(function.spelling);                                                                \
  } else {                                                                                                   \
    spellings.push_back(text);                                                                               \
  }
#include "ir/ops/Ops.def"
  return spellings;
}

} // namespace

std::span<const std::string_view> opSpellings() {
  static const std::vector<std::string_view> spellings = collectSpellings();
  return spellings;
}

std::string_view spellingOf(const Op &op) {
  if (const auto *unary = std::get_if<Unary>(&op)) return spellingOf(unary->kind);
  if (const auto *binary = std::get_if<Binary>(&op)) return spellingOf(binary->kind);
  return structSpellings[op.index()];
}

std::string_view spellingOf(const Activation &activation) {
  return activation ? spellingOf(activation->kind) : "none";
}

std::optional<Op> opNamed(std::string_view spelling) {
  for (const UnaryFunction &function : unaryFunctions())
    if (spelling == function.spelling) return usual(function.kind);
  for (const BinaryFunction &function : binaryFunctions())
    if (spelling == function.spelling) return Binary{function.kind};
  if (spelling.empty()) return std::nullopt;
#define NINC_OP(Struct, name)                                                                                \
  if (spelling == (name)) return Struct{};
#include "ir/ops/Ops.def"
  return std::nullopt;
}

const OpTraits &traitsOf(const Op &op) {
  return std::visit([]<class O>(const O &) -> const OpTraits & { return O::traits; }, op);
}

const PointwiseChain *chainOf(const Op &op) {
  if (const auto *pointwise = std::get_if<Pointwise>(&op)) return &pointwise->chain;
  const auto *mlpconv = std::get_if<Mlpconv>(&op);
  const auto *epilogue = mlpconv ? std::get_if<PointwiseEpilogue>(&mlpconv->epilogue) : nullptr;
  return epilogue ? &epilogue->chain : nullptr;
}

bool isUniform(const Op &op) {
  const auto *pointwise = std::get_if<Pointwise>(&op);
  return pointwise ? !readsChannel(pointwise->chain) : traitsOf(op).uniform;
}

} // namespace ninc
