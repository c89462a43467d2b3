// The reference: what every op means, as the plainest code in the project. Loops over the definition in
// ir/ops/Ops.h, double accumulators, no blocking, no reordering, no vector code. Everything the compiler
// makes is measured against this, and this against numbers from outside (tests/unit/interpreter).
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "ir/Graph.h"

namespace ninc {

// One op on operands in row-major logical order (layouts are ignored). Sums are doubles, results are rounded
// to f32 once each; an mlpconv's inner maps are rounded to f32 as if each layer were an op of its own.
// Types must have passed inferTypes and parameters must be bound; anything else is an internal error.
Result<std::vector<Tensor>> evaluate(const Op &op, std::span<const Tensor> operands);

// What an input of that type means: numbers in logical order, of what an application gives, a tensor in the
// order of memory (shapeInMemory). An error where these are bytes and a number is none.
Result<Tensor> preprocess(const TensorType &type, const Tensor &given);

// Every value of the graph by name, inputs as preprocess() makes them. `inputs` has one tensor for each
// Input, by name, as the application has it; a missing, surplus or misshapen one is an error.
Result<std::map<std::string, Tensor>> evaluateAll(const Graph &graph,
                                                  const std::map<std::string, Tensor> &inputs);

// The outputs alone, in order; intermediate values are dropped once nobody reads them.
Result<std::vector<Tensor>> evaluateOutputs(const Graph &graph, const std::map<std::string, Tensor> &inputs);

} // namespace ninc
