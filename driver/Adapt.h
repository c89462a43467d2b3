// A model as an application wants it, where its file has it otherwise: inputs as they come from decoders and
// cameras, outputs as the choice that is made of them. The words are the request's:
//
//   preprocess  image=u8 hwc mean 104,117,123 scale 0.017 bgr   an input's type (docs/language.md)
//   outputsAs   prob=argmax                                    which element is the largest: prob_argmax
//               prob=top5                                      the five largest: prob_indices, prob_values
//
// Elements are compared along the first dimension that has several. Inputs and outputs are called as the
// model's file calls them, or as in texts.
#pragma once

#include "driver/Request.h"
#include "ir/Graph.h"
#include "support/Result.h"

namespace ninc {

// Changes the graph as the request asks for. Usage errors: an unknown name, words that can't be read or that
// the input's type doesn't allow, more elements than there are.
Result<void> adapt(Graph &graph, const Request &request);

} // namespace ninc
