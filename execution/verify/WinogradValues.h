// Which convolutions of a model as written a library computes by Winograd's transforms.
//
// A library says so of its kernels, and a kernel is named after the value it makes in the optimised graph. In
// the model that value may be the end of a chain (conv2d, batch_norm, relu, conv2d 1x1, ..., global_avg_pool,
// softmax), all of which is one kernel; the error bound wants to know at which value of the chain the
// transforms round.
#pragma once

#include <map>
#include <span>
#include <string>

#include "ir/Graph.h"
#include "ir/Winograd.h"
#include "runtime/ninc_model.h"

namespace ninc {

// The name of the kernel (its first result's) for each value that one of a library's kernels makes.
std::map<std::string, std::string> kernelsOfValues(std::span<const ninc_kernel> kernels);

// The tile of each kernel whose first convolution goes by Winograd's transforms, by the kernel's name.
std::map<std::string, WinogradTile> winogradKernels(std::span<const ninc_kernel> kernels);

// Tiles by kernel to tiles by value of `model`. A kernel stands for everything between its results and other
// kernels' (or the inputs), and its tile belongs to the first convolutions in there that have a window to
// speak of, larger than 1x1 or with a stride.
//
// A kernel may make a value that the model doesn't have: maps of a relu that moved before a max pool. Which
// convolution that was isn't known, so all get its tile that stand between known kernels and belong to none
// that is in `byKernel`; the largest tile, if there are several such kernels.
std::map<std::string, WinogradTile> winogradByValue(const Graph &model,
                                                    const std::map<std::string, std::string> &kernelsOfValues,
                                                    const std::map<std::string, WinogradTile> &byKernel);

} // namespace ninc
