// `image = input f32[3, 32, 32] "data:0"`, `output prob "softmax:0"`: a string behind an input's type or an
// output's name is another name that users may call it by, the one in the file that the text was made of
// (Graph::originalNames).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "frontend/text/Cursor.h"
#include "ir/Graph.h"

namespace ninc::text {

class OriginalNames {
public:
  explicit OriginalNames(Diagnostics &diagnostics) : diagnostics_(diagnostics) {}

  // Takes the string, if one is next, as another name of the input or output `name`.
  void take(Cursor &cursor, std::string_view name, bool isInput);

  // Gives them to the graph, and warns of those that two inputs or two outputs have.
  void giveTo(Graph &graph);

private:
  struct Named {
    std::string name, original;
    SourceRange where;
    bool isInput = false;
  };

  Diagnostics &diagnostics_;
  std::vector<Named> all_;
};

} // namespace ninc::text
