#include "codegen/library/HeaderCxx.h"

#include <fmt/format.h>

namespace ninc {

namespace {

// What the objects of all models share, once in a file.
constexpr std::string_view shared = R"(#ifndef NINC_CXX_H
#define NINC_CXX_H

#include <cstddef>
#include <iterator>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

namespace ninc_cxx {

/* Numbers that somebody else owns: of a std::span, std::vector or std::array, or an address and a count. */
template <class Number>
class view {
public:
  view(Number *data, std::size_t size) : data_(data), size_(size) {}
  template <class Range, class = decltype(std::data(std::declval<Range &>()))>
  view(Range &&range) : data_(std::data(range)), size_(std::size(range)) {}
  Number *address() const { return data_; }
  std::size_t bytes() const { return size_ * sizeof(Number); }

private:
  Number *data_;
  std::size_t size_;
};

/* Scratch and, for more than one thread, a team. */
class workplace {
public:
  workplace(const ninc_model &model, int threads) : team_(nullptr, model.team_destroy) {
    int status = threads < 1 ? NINC_ERROR_THREADS : model.supported();
    if (status == NINC_OK && threads > 1 && !model.team_create) status = NINC_ERROR_THREADS;
    if (status == NINC_OK && threads > 1) team_.reset(model.team_create(threads, &status));
    if (status != NINC_OK) throw std::runtime_error(model.strerror(status));
    const auto alignment = static_cast<std::size_t>(model.scratch_alignment);
    std::size_t space = static_cast<std::size_t>(model.scratch_bytes + threads * model.scratch_bytes_per_thread);
    memory_ = std::make_unique<unsigned char[]>(space + alignment);
    scratch_ = memory_.get();
    std::size_t room = space + alignment;
    std::align(alignment, space, scratch_, room);
  }
  void *scratch() const { return scratch_; }
  const ninc_executor *executor() const { return team_.get(); }

private:
  std::unique_ptr<ninc_executor, void (*)(ninc_executor *)> team_;
  std::unique_ptr<unsigned char[]> memory_;
  void *scratch_ = nullptr;
};

template <class Number>
Number *checked(const ninc_tensor &tensor, view<Number> given, int images) {
  if (given.bytes() != static_cast<std::size_t>(tensor.bytes) * static_cast<std::size_t>(images))
    throw std::invalid_argument(std::string(tensor.name) + " has another number of elements");
  return given.address();
}

inline void check(const ninc_model &model, int status) {
  if (status != NINC_OK) throw std::runtime_error(model.strerror(status));
}

}
#endif /* NINC_CXX_H */

)";

struct Lists {
  std::string parameters, arguments;
};

// What `run` takes and hands on, tensor by tensor.
Lists listsOf(const std::vector<CxxTensor> &tensors) {
  Lists lists;
  std::size_t inputs = 0, outputs = 0;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const CxxTensor &tensor = tensors[i];
    const std::size_t number = tensor.isInput ? inputs++ : outputs++;
    lists.parameters += fmt::format("{}view<{}{}> t{} /* {} */", i > 0 ? ", " : "",
                                    tensor.isInput ? "const " : "", tensor.element, i, tensor.name);
    lists.arguments +=
        fmt::format("checked(s.{}puts[{}], t{}, images), ", tensor.isInput ? "in" : "out", number, i);
  }
  return lists;
}

} // namespace

std::string cxxSection(const InterfaceWords &words, const LibraryShape &library,
                       const std::vector<CxxTensor> &tensors) {
  const Lists lists = listsOf(tensors);
  const std::string before = fmt::format("{}{}", library.severalSizes ? "int32_t size, " : "",
                                         library.anyBatch ? "int32_t images, " : "");
  return fmt::format(
      "\n/* ---- In C++ (from 17 on), where NINC_CXX is defined in front of this header. An object owns what "
      "runs need;"
      "\n * one thread uses it at a time. It throws std::runtime_error where a run fails, "
      "std::invalid_argument for"
      "\n * memory of the wrong size:\n"
      " *\n"
      " *     ninc_cxx::{0}_runner model(2); // threads\n"
      " *     model.run(...);               // a std::span, std::vector or std::array a tensor\n"
      " */\n"
      "#if defined(__cplusplus) && defined(NINC_CXX)\n"
      "{1}"
      "namespace ninc_cxx {{\n"
      "class {0}_runner {{\n"
      "public:\n"
      "  explicit {0}_runner(int threads = 1) : workplace_(*{0}_model(), threads) {{}}\n"
      "  void run({2}{3}) {{\n"
      "    const ninc_model &m = *{0}_model();\n"
      "{4}"
      "    const ninc_size &s = m.sizes[{5}];\n"
      "    check(m, {0}_run{6}({7}{8}{9}workplace_.scratch(), workplace_.executor()));\n"
      "  }}\n"
      "\n"
      "private:\n"
      "  workplace workplace_;\n"
      "}};\n"
      "}}\n"
      "#endif\n",
      words.model, shared, before, lists.parameters,
      std::string(library.severalSizes ? "    if (size < 0 || size >= m.n_sizes) check(m, NINC_ERROR_SIZE);\n"
                                       : "") +
          (library.anyBatch ? "" : "    const int32_t images = m.batch;\n"),
      library.severalSizes ? "size" : "0", library.anyBatch ? "_batch" : "",
      library.severalSizes ? "size, " : "", library.anyBatch ? "images, " : "", lists.arguments);
}

} // namespace ninc
