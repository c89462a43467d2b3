// An array's memory as Python's buffer protocol gives it, held while it is used.
#pragma once

#include <Python.h>
#include <cstdint>
#include <string_view>

#include "ir/Types.h"
#include "runtime/ninc_model.h"

namespace ninc {

class ArrayMemory {
public:
  ArrayMemory() = default;
  ArrayMemory(const ArrayMemory &) = delete;
  ArrayMemory &operator=(const ArrayMemory &) = delete;
  ~ArrayMemory() {
    if (isHeld_) PyBuffer_Release(&buffer_);
  }

  // Whether the object has such memory: elements of the kind, one behind the other, aligned and, if it is to
  // be written, writable. Leaves no Python error where it hasn't. To be called once.
  bool take(PyObject *object, std::int32_t element, bool isWritten) {
    const int wanted = PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | (isWritten ? PyBUF_WRITABLE : 0);
    isHeld_ = PyObject_GetBuffer(object, &buffer_, wanted) == 0;
    if (!isHeld_) PyErr_Clear();
    return isHeld_ && isOf(element) &&
           reinterpret_cast<std::uintptr_t>(buffer_.buf) % static_cast<std::uintptr_t>(buffer_.itemsize) == 0;
  }

  void *address() const { return buffer_.buf; }
  int rank() const { return buffer_.ndim; }

  // Whether the last dimensions are these, after `leading` others.
  bool endsAs(const Shape &shape, int leading) const {
    if (buffer_.ndim != static_cast<int>(shape.size()) + leading) return false;
    for (std::size_t d = 0; d < shape.size(); ++d)
      if (buffer_.shape[static_cast<std::size_t>(leading) + d] != shape[d]) return false;
    return true;
  }
  std::int64_t first() const { return buffer_.shape[0]; }

private:
  bool isOf(std::int32_t element) const {
    const std::string_view format = buffer_.format ? buffer_.format : "B";
    if (element == NINC_F32) return format == "f";
    if (element == NINC_U8) return format == "B";
    return element == NINC_I64 && buffer_.itemsize == 8 && (format == "l" || format == "q");
  }

  Py_buffer buffer_{};
  bool isHeld_ = false;
};

} // namespace ninc
