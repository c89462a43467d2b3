// OpenCL's library, open for as long as this lives. Internal to the floor.
#pragma once

#include <fmt/format.h>

#include "runtime/device/opencl_api.h"

namespace ninc {

struct OpenClLibrary {
  ninc_opencl_api api = {};
  const char *why = ninc_opencl_open(&api); // null: open
  OpenClLibrary() = default;
  OpenClLibrary(const OpenClLibrary &) = delete;
  OpenClLibrary &operator=(const OpenClLibrary &) = delete;
  ~OpenClLibrary() { ninc_opencl_close(&api); }
};

inline std::string openClWords(const char *function, cl_int code) {
  return fmt::format("{}: {} ({})", function, ninc_opencl_code_name(code), code);
}

} // namespace ninc
