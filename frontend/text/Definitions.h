// "NAME = OP OPERANDS ATTRIBUTES : TYPES" -> a node of the graph.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "frontend/text/Annotation.h"
#include "frontend/text/Bindings.h"
#include "frontend/text/OpSyntax.h"
#include "frontend/text/OriginalNames.h"
#include "frontend/text/Statements.h"

namespace ninc::text {

// Definitions are handed in in the order of the text; each adds its op, and the ops in its parentheses, to
// the graph, and its names to the bindings. One that is wrong is reported and poisons its names.
class DefinitionParser {
public:
  // All outlive the parser. `shapes` are extents that inputs have instead of those in the text.
  DefinitionParser(Graph &graph, Bindings &bindings, OriginalNames &originals, Advice &advice,
                   const std::vector<std::pair<std::string, Shape>> &shapes, Diagnostics &diagnostics)
      : graph_(graph), bindings_(bindings), originals_(originals), advice_(advice), shapes_(shapes),
        diagnostics_(diagnostics) {}

  // The first `length` tokens are "NAME , NAME =" (definitionLength).
  void parse(Statement statement, std::size_t length);

private:
  // What an op's results are to be called.
  struct Results {
    std::vector<std::string> names = {}; // empty for an op in parentheses: names are made up
    Statement nameTokens = {};           // NAME , NAME =
    bool usable = true;                  // false if a name was already found wrong
  };

  Node parseOp(Cursor &cursor, const Results &results, int depth);
  void rejectRest(Cursor &cursor, std::string_view op);
  bool isOperand(std::string_view word, std::string_view op, std::size_t before) const;
  std::optional<std::vector<Value>> parseOperands(std::string_view op, Cursor &cursor, OpPlaces &places,
                                                  int depth);
  std::optional<Value> parseNested(Cursor &cursor, int depth);
  Node append(Op op, const std::vector<Value> &operands, const Results &results, const OpPlaces &places,
              Annotation annotation);
  void giveShape(Input &input, const std::string &name) const;
  bool checkCounts(const Op &op, std::size_t resultCount, std::size_t nameCount, const Results &results);
  std::string adviceOnOp(std::string_view word);

  Graph &graph_;
  Bindings &bindings_;
  OriginalNames &originals_;
  Advice &advice_;
  const std::vector<std::pair<std::string, Shape>> &shapes_;
  Diagnostics &diagnostics_;
};

} // namespace ninc::text
