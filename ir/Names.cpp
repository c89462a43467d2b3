// The words of the language: those of statements, the spellings of ops, and the words of attributes, which
// ops list beside their structs (ir/ops/Attributes.h).
#include "ir/Names.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>
#include <vector>

#include "ir/ops/Ops.h"

namespace ninc {

namespace {

// In the order in which they are added, each once: the first of equally close words is what is advised.
class Words {
public:
  void add(std::initializer_list<std::string_view> words) {
    for (std::string_view word : words) {
      addSpelling(word);
      reserved_.insert(word);
    }
  }
  // Of an op; reserved if it is added as another word too.
  void addSpelling(std::string_view spelling) {
    if (known_.insert(spelling).second) inOrder_.push_back(spelling);
  }
  bool contains(std::string_view word) const { return known_.contains(word); }
  bool isReserved(std::string_view word) const { return reserved_.contains(word); }
  const std::vector<std::string_view> &inOrder() const { return inOrder_; }

private:
  std::set<std::string_view> known_, reserved_;
  std::vector<std::string_view> inOrder_;
};

// Attributes by their kind; the others have no words.
template <class Attribute>
void addWords(const Attribute &, Words &) {}
template <class O, class T>
void addWords(const attribute::Named<O, T> &named, Words &words) {
  words.add({named.word});
}
template <class O>
void addWords(const attribute::NamedOrZero<O> &named, Words &words) {
  words.add({named.word});
}
template <class O>
void addWords(const attribute::NamedShape<O, Shape> &named, Words &words) {
  words.add({named.word});
}
template <class O, class T>
void addWords(const attribute::Flag<O, T> &flag, Words &words) {
  words.add({flag.word});
}
template <class O>
void addWords(const attribute::Unusual<O> &unusual, Words &words) {
  words.add({unusual.word});
}
template <class O, class T, std::size_t count>
void addWords(const attribute::Choice<O, T, count> &choice, Words &words) {
  for (const attribute::Chosen<T> &each : choice.words)
    words.add({each.word});
}
template <class O>
void addWords(const attribute::Reals<O> &reals, Words &words) {
  words.add({reals.word});
}
template <class O>
void addWords(const attribute::Sliding<O, Window> &, Words &words) {
  words.add({"stride", "pad", "dilation"});
}
template <class O>
void addWords(const attribute::Activated<O, Activation> &, Words &words) {
  words.add({"none"});
}
template <class O>
void addWords(const attribute::Typed<O, Shape> &, Words &words) {
  words.add({"f32", "i64", "chw", "hwc"});
}

template <class O>
void addAttributes(Words &words) {
  if constexpr (attribute::Listed<O>) attribute::walk<O>([&](const auto &each) { addWords(each, words); });
}

const Words &words() {
  static const Words all = [] {
    Words list;
    list.add({"model", "weights", "random", "seed", "output"});
    for (std::string_view spelling : opSpellings())
      list.addSpelling(spelling);
    // conv2d's and mlpconv's, which are written by hand.
    list.add({"conv", "stride", "pad", "dilation", "groups", "none", "nobias", "keep_maps"});
#define NINC_OP(Struct, spelling) addAttributes<Struct>(list);
#include "ir/ops/Ops.def"
    return list;
  }();
  return all;
}

bool isLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool isDigit(char c) {
  return c >= '0' && c <= '9';
}

} // namespace

bool isIdentifier(std::string_view name) {
  return !name.empty() && !isDigit(name.front()) &&
         std::ranges::all_of(name, [](char c) { return isLetter(c) || isDigit(c); });
}

bool isLanguageWord(std::string_view word) {
  return words().contains(word);
}
std::span<const std::string_view> languageWords() {
  return words().inOrder();
}
bool isReservedWord(std::string_view word) {
  return words().isReserved(word);
}
Result<void> checkName(std::string_view name) {
  if (!isIdentifier(name))
    return fail(
        fmt::format("'{}' is not a name: a name has letters, digits and underscores and doesn't begin "
                    "with a digit",
                    name));
  if (isReservedWord(name))
    return fail(fmt::format("'{}' is a word of the language and can't be a name", name));
  return {};
}

} // namespace ninc
