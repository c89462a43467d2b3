// The part of a generated header that is for C++ alone: the model as an object that owns what runs need.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "codegen/library/InterfaceFunctions.h"

namespace ninc {

// A tensor as the object's `run` takes it.
struct CxxTensor {
  std::string_view name;    // for comments
  std::string_view element; // "float"
  bool isInput = false;
};

// Behind the C interface of a model, in whose words. It counts only where NINC_CXX is defined: what it
// includes
// (<memory>, <stdexcept> ...) is C++'s library, which a program's own macros may hurt.
std::string cxxSection(const InterfaceWords &words, const LibraryShape &library,
                       const std::vector<CxxTensor> &tensors);

} // namespace ninc
