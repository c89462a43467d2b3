#include "codegen/library/ObjectSymbols.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <llvm/Object/ObjectFile.h>

namespace ninc {

namespace {

constexpr std::array<std::string_view, 3> memoryFunctions = {"memcpy", "memmove", "memset"};

// Of all programs on that platform: the mark of one that computes with floating point and what makes room on
// the stack under Windows, memset's short form under macOS, what WebAssembly's linker puts in place.
constexpr std::array<std::string_view, 2> ofWindows = {"__chkstk", "_fltused"};
constexpr std::array<std::string_view, 2> ofMacos = {"__bzero", "bzero"};
constexpr std::array<std::string_view, 4> ofWasm = {"__indirect_function_table", "__linear_memory",
                                                    "__memory_base", "__stack_pointer"};
// Arithmetic that a CPU hasn't got, in libgcc and compiler-rt: Arm's Run-time ABI has the names of the first.
constexpr std::string_view armHelpers = "__aeabi_";
constexpr std::array<std::string_view, 22> helpers = {
    "__addsf3",     "__subsf3",    "__mulsf3",      "__divsf3",      "__eqsf2",      "__nesf2",
    "__ltsf2",      "__lesf2",     "__gtsf2",       "__gesf2",       "__unordsf2",   "__fixsfsi",
    "__fixunssfsi", "__floatsisf", "__floatunsisf", "__extendsfdf2", "__truncdfsf2", "__divdi3",
    "__udivdi3",    "__moddi3",    "__umoddi3",     "__muldi3"};

// Floating point, or only 64-bit numbers' division.
bool lacksArithmetic(const Target &target) {
  return target.arch == Arch::riscv32 || target.arch == Arch::arm;
}

bool isKnown(std::string_view name, const Target &target) {
  if (std::ranges::count(memoryFunctions, name)) return true;
  switch (target.platform) {
  case Platform::windows:
    return std::ranges::count(ofWindows, name) > 0;
  case Platform::macos:
    return std::ranges::count(ofMacos, name) > 0;
  case Platform::wasm:
    return std::ranges::count(ofWasm, name) > 0;
  case Platform::none:
  case Platform::gnuLinux:
    break;
  }
  if (target.arch == Arch::arm && name.starts_with(armHelpers)) return true;
  return lacksArithmetic(target) && std::ranges::count(helpers, name) > 0;
}

} // namespace

Result<std::vector<std::string>> undefinedSymbols(std::string_view object, const Target &target) {
  auto file = llvm::object::ObjectFile::createObjectFile(
      llvm::MemoryBufferRef({object.data(), object.size()}, "library"));
  if (!file) return failInternal("the object can't be read: " + llvm::toString(file.takeError()));
  std::vector<std::string> names;
  for (const llvm::object::SymbolRef &symbol : (*file)->symbols()) {
    auto flags = symbol.getFlags();
    auto name = symbol.getName();
    if (!flags) return failInternal(llvm::toString(flags.takeError()));
    if (!name) return failInternal(llvm::toString(name.takeError()));
    if (!(*flags & llvm::object::SymbolRef::SF_Undefined) || name->empty()) continue;
    std::string_view text(name->data(), name->size());
    if (target.platform == Platform::macos && text.starts_with('_')) text.remove_prefix(1);
    names.emplace_back(text);
  }
  std::ranges::sort(names);
  return names;
}

Result<void> checkUndefinedSymbols(std::string_view object, const Target &target) {
  auto names = undefinedSymbols(object, target);
  if (!names) return tl::unexpected(names.error());
  std::erase_if(*names, [&](const std::string &name) { return isKnown(name, target); });
  if (names->empty()) return {};
  return failInternal(fmt::format("the library would need symbols that not every program for {} has: {}",
                                  target.name, fmt::join(*names, ", ")));
}

} // namespace ninc
