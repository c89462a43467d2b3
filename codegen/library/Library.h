// From a Program to the bytes of a product: host module, weights, runtime and kernels, linked.
#pragma once

#include <filesystem>
#include <string>

#include "codegen/library/Product.h"
#include "codegen/program/Program.h"
#include "support/Result.h"

namespace ninc {

// The product's bytes (or text). Host and link times go into `statistics`. Objects are kept in `saveTemps` as
// `model.host.o` and so on unless it is empty.
Result<std::string> makeProduct(const Program &program, Product product,
                                const std::filesystem::path &saveTemps, CompileStatistics &statistics);

} // namespace ninc
