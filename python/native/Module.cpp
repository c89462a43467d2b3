// ninc._native: what of the Python package is C++. Everything for users is in python/ninc/.
#include <nanobind/nanobind.h>
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "python/native/Library.h"

namespace nb = nanobind;

NB_MODULE(_native, module) {
  nb::register_exception_translator([](const std::exception_ptr &thrown, void *) {
    try {
      std::rethrow_exception(thrown);
    } catch (const ninc::Failure &failure) {
      const nb::object error = nb::module_::import_("ninc._errors").attr("RunError");
      PyErr_SetString(error.ptr(), failure.message.c_str());
    }
  });
  nb::class_<ninc::Library>(module, "Library")
      .def(nb::init<std::filesystem::path, int>(), nb::arg("file"), nb::arg("threads"))
      .def("describe", &ninc::Library::describe)
      .def("try_run", &ninc::Library::tryRun)
      .def("try_run_into", &ninc::Library::tryRunInto)
      .def("profile", &ninc::Library::profile);
}
