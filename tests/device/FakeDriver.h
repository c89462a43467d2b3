// A fake driver (fake/) that stands before the real one in LD_LIBRARY_PATH, and how a test talks to it.
#pragma once

#include <dlfcn.h>

#include <stdexcept>

namespace ninc {

struct FakeDriver {
  void (*fail)(const char *function, int code, int callsBefore);
  int (*hits)();
  int (*liveObjects)();
  int (*wrongCalls)();

  explicit FakeDriver(const char *library) : handle_(dlopen(library, RTLD_NOW)) {
    find(fail, "fake_fail");
    find(hits, "fake_hits");
    find(liveObjects, "fake_live_objects");
    find(wrongCalls, "fake_wrong_calls");
  }

  template <class F>
  void find(F *&function, const char *name) const {
    function = reinterpret_cast<F *>(handle_ ? dlsym(handle_, name) : nullptr);
    if (!function) throw std::runtime_error("LD_LIBRARY_PATH doesn't lead to the fake drivers");
  }

private:
  void *handle_; // stays open: the driver isn't to be unloaded and loaded anew
};

} // namespace ninc
