// Which layers of a net there are when it is used: those of the phase TEST, by the rules that a layer
// includes or excludes, https://caffe.berkeleyvision.org/tutorial/net_layer_blob.html.
#pragma once

#include "frontend/caffe/NetText.h"

namespace ninc::caffe_import {

// The layers of the phase TEST, in their order; level and stages are those that the net says, or none. A
// layer that has rules of both kinds is an error.
std::vector<PlacedLayer> layersOfTest(NetText text, Diagnostics &diagnostics);

} // namespace ninc::caffe_import
