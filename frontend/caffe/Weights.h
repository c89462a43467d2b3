// The numbers of a trained net: a .caffemodel, whose layers have the names of the text's.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <unordered_map>

#include "frontend/caffe/Schema.h"
#include "frontend/import/Dims.h"
#include "ir/Tensor.h"
#include "support/Result.h"

namespace ninc::caffe_import {

class Weights {
public:
  Weights() = default; // none: nobody asks for numbers

  // Errors: a file that is no trained net, or is damaged.
  static Result<Weights> read(const std::filesystem::path &file);

  bool areThere() const { return net_ != nullptr; }

  // How many blobs the file has for a layer; 0 where it doesn't have the layer, or has nothing for it.
  std::size_t count(const std::string &layer) const;

  // Their numbers under the extents that the layer is to have. The file's may differ by ones, since until
  // 2015 all blobs had four extents; an error says both. `blob` must be below count().
  Result<Parameter> blob(const std::string &layer, std::size_t blob, Shape shape) const;
  // The extents that the file says.
  Dims dims(const std::string &layer, std::size_t blob) const;

private:
  using Blobs = google::protobuf::RepeatedPtrField<caffe_schema::Blob>;

  std::shared_ptr<const caffe_schema::TrainedNet> net_;
  std::unordered_map<std::string, const Blobs *> layers_;
};

} // namespace ninc::caffe_import
