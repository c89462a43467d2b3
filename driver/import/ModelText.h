// A model's text as a person would have written it: comments, sections by the size of maps, a blank line
// behind what joins branches, small ops inside the line of their reader, and no types that follow from the
// rest. The parser reads it back to the same graph (with other made-up names).
#pragma once

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "frontend/Origin.h"
#include "ir/Graph.h"

namespace ninc {

struct TextRemarks {
  std::unordered_map<Node, Comment> comments; // by nodes
  Comment model, weights, output;             // at these statements
  std::vector<std::string> atEnd;
};

std::string modelText(const Graph &graph, const std::unordered_set<Node> &nested, const TextRemarks &remarks);

// "56 x 56": whether a comment is one of those that modelText writes itself, above a section.
bool isSectionTitle(std::string_view comment);

} // namespace ninc
