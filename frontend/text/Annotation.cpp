#include "frontend/text/Annotation.h"

#include <fmt/format.h>

#include "frontend/text/OpSyntax.h"

namespace ninc::text {

namespace {

// Empty if the annotation fits result number `index`.
std::string objection(const TensorType &said, const Graph &graph, Node node, std::size_t index) {
  const Op &op = graph.op(node);
  const TensorType &inferred = graph.type({node, index});
  if (said.shape != inferred.shape)
    return fmt::format("'{}' is said to be {}, but {} gives {}", graph.name({node, index}), toString(said),
                       spellingOf(op), toString(inferred));
  if (said.layout == Layout::chw) return {};
  if (inferred.shape.size() != 3) return "only maps [channels, height, width] have layout hwc";
  if (traitsOf(op).source) return "inputs and constants always have layout chw";
  return {};
}

} // namespace

Annotation parseAnnotation(Cursor &cursor) {
  if (!cursor.accept(TokenKind::colon)) return {};
  Annotation annotation{{}, cursor.peek().where};
  do
    annotation.types.push_back(parseType(cursor));
  while (cursor.accept(TokenKind::comma));
  annotation.where = cursor.since(annotation.where);
  return annotation;
}

void applyAnnotation(const Annotation &annotation, Graph &graph, Node node, Diagnostics &diagnostics) {
  const std::vector<TensorType> &types = annotation.types;
  if (types.empty()) return;
  if (types.size() != graph.resultCount(node)) {
    diagnostics.error(annotation.where, fmt::format("types given: {}, but {} gives {}", types.size(),
                                                    spellingOf(graph.op(node)), graph.resultCount(node)));
    return;
  }
  for (std::size_t i = 0; i < types.size(); ++i)
    if (std::string wrong = objection(types[i], graph, node, i); !wrong.empty())
      diagnostics.error(annotation.where, std::move(wrong));
    else
      graph.setLayout({node, i}, types[i].layout);
}

} // namespace ninc::text
