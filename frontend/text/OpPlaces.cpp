// Type rules say which part of an op they object to, but know nothing of texts: here parts become places.
#include <algorithm>

#include "frontend/text/OpSyntax.h"

namespace ninc::text {

namespace {

SourceRange at(const std::vector<SourceRange> &places, std::size_t index) {
  return index < places.size() ? places[index] : SourceRange{};
}

// What was left out of a window is as usual, so it is the kernel that doesn't go with it.
SourceRange orKernel(SourceRange where, const WindowPlaces &window) {
  return where.valid() ? where : window.kernel;
}

SourceRange ifGiven(const Part &part, const OpPlaces &places) {
  const WindowPlaces &window = part.ofEpilogue ? places.epilogue : places.window;
  switch (part.kind) {
  case Part::Kind::op:
    return places.spelling;
  case Part::Kind::operand:
    return at(places.operands, part.index);
  case Part::Kind::kernel:
    return window.kernel;
  case Part::Kind::stride:
    return orKernel(window.stride, window);
  case Part::Kind::dilation:
    return orKernel(window.dilation, window);
  case Part::Kind::pad:
    return orKernel(window.pad, window);
  case Part::Kind::groups:
    return places.groups;
  case Part::Kind::count:
    return at(places.counts, part.index);
  case Part::Kind::step:
    return at(places.steps, part.index);
  case Part::Kind::number: {
    auto found =
        std::ranges::find(places.numbers, part.name, &std::pair<std::string_view, SourceRange>::first);
    return found == places.numbers.end() ? SourceRange{} : found->second;
  }
  case Part::Kind::shape:
    return places.shape;
  }
  return {};
}

} // namespace

SourceRange placeOf(const Part &part, const OpPlaces &places) {
  SourceRange where = ifGiven(part, places);
  return where.valid() ? where : places.spelling;
}

} // namespace ninc::text
