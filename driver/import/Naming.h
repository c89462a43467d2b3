// Names for the values of a model that came from a file whose names are no names for people.
//
// Inputs and outputs keep theirs, by which users know them. An op with weights is called after these
// (`fire2/squeeze1x1_w_0` -> `fire2_squeeze1x1`), another one after its result if a person named that, a
// join (concat, add) after the path that what it joins has in common (`fire2_concat`), and what is left is
// counted: `pool1`, `pool2`. Mlpconvs that were found are `stage1`, `stage2`. Scopes around the whole model
// go.
#pragma once

#include <unordered_map>
#include <vector>

#include "frontend/Origin.h"
#include "ir/Graph.h"

namespace ninc {

using Provenance = std::unordered_map<Node, std::vector<Node>>;

// A graph that a tidied one was made of, with what each op of that stands for in it.
struct History {
  const Graph &graph;
  const Provenance &provenance;
};

// Names the values of `tidied`, which was made of `written`. Those without a line of their own (Nesting.h,
// where named lines may go) get names as the parser makes them up.
void nameForPeople(Graph &tidied, const Graph &written, const Provenance &provenance, const Origin &origin);

// What a person would call the written op, by its weights or its result; empty if the file doesn't say.
std::string nameInFile(const Graph &written, Node node, const Origin &origin);

} // namespace ninc
