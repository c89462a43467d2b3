// `ninc show LIB`: what is in a library, as a table or for programs.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "driver/LibraryListing.h"

namespace ninc {

void printLibrary(const LibraryListing &library);
nlohmann::json toJson(const LibraryListing &library);

} // namespace ninc
