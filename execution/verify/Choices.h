// What is compared where a value isn't numbers but which element is the largest: an other one is as good if
// it is as large, within what both may be off by.
#pragma once

#include <map>
#include <string>

#include "ir/Graph.h"

namespace ninc {

// How much smaller than the largest the chosen elements are at most, or how far from the one that belongs at
// their place, and how far that may be.
struct ChoiceComparison {
  double shortfall = 0; // infinite where there is no such element
  double largest = 0;   // magnitude of the elements chosen from
  double bound = 0;
};

// `chosen` are a library's numbers for the value, an arg_max's or a top_k's of the model; values and bounds
// are those of the reference (ir/interpreter/).
ChoiceComparison compareChoices(const Graph &model, Value value, const Tensor &chosen,
                                const std::map<std::string, Tensor> &values,
                                const std::map<std::string, double> &bounds);

} // namespace ninc
