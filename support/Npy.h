// NumPy's array files, the format of numpy.lib.format, versions 1 to 3: a magic string, the length of the
// header, a header that is a Python dictionary such as
//   {'descr': '<f4', 'fortran_order': False, 'shape': (3, 32, 32), }
// and the numbers. Inputs and outputs of `ninc run` are such files. Written here since no maintained library
// reads them without exceptions and with every size checked.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "support/Array.h"
#include "support/Result.h"

namespace ninc {

// Floats (16, 32, 64 bits), integers (8 to 64 bits) and booleans, converted to float; Fortran order is turned
// to C order. Anything else, as well as missing or surplus bytes, is an error.
Result<Array> parseNpy(std::string_view bytes);
// The same of bytes alone: '|u1'.
Result<Array> parseByteNpy(std::string_view bytes);
// The same of a file, whose path the errors name.
Result<Array> readNpy(const std::filesystem::path &file);

// Version 1, '<f4', C order, numbers at a multiple of 64 bytes. Requires as many numbers as the shape says.
std::string formatNpy(ArrayView array);
// The same of '<i8': whole numbers.
std::string formatIntegerNpy(ArrayView array);

} // namespace ninc
