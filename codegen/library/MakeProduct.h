// From a Program to the bytes of a product: a header, the host module as text, or a library of host module,
// weights, runtime and kernels, linked.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "codegen/library/Product.h"
#include "codegen/program/Program.h"
#include "support/Result.h"

namespace ninc {

struct MadeProduct {
  std::string bytes; // or text
  double hostSeconds = 0, linkSeconds = 0;
  std::optional<std::int64_t> stackBytes = {}; // that M_run needs, where it is known: on bare metal
};

// A library's objects are kept in `saveTemps` as `model.host.o` and so on, unless it is empty, with the host
// module as LLVM IR and the sources for devices beside them.
// `soname`: of a shared library (codegen/library/Link.h).
Result<MadeProduct> makeProduct(const Program &program, Product product,
                                const std::filesystem::path &saveTemps, const std::string &soname = {});

} // namespace ninc
