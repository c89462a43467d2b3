#include "frontend/caffe/Weights.h"

#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/stubs/logging.h>
#include <limits>

#include "support/FileContent.h"
#include "support/Files.h"
#include "support/FloatFormats.h"
#include "support/Half.h"

namespace ninc::caffe_import {

namespace {

using caffe_schema::Blob;
using caffe_schema::TrainedNet;

constexpr std::uint64_t largestFile = std::numeric_limits<int>::max(); // that protobuf can say
constexpr int deepestNesting = 64;

Dims dimsOf(const Blob &blob) {
  if (blob.has_shape()) return {blob.shape().dim().begin(), blob.shape().dim().end()};
  if (!blob.has_num() && !blob.has_channels() && !blob.has_height() && !blob.has_width()) return {};
  return {blob.num(), blob.channels(), blob.height(), blob.width()};
}

Dims withoutOnes(const Dims &dims) {
  Dims few;
  for (const std::int64_t extent : dims)
    if (extent != 1) few.push_back(extent);
  return few;
}

// Of a number in raw_data; 0 for integers, which no layer has.
std::size_t rawBytes(const Blob &blob) {
  switch (blob.raw_data_type()) {
  case Blob::DOUBLE:
    return sizeof(double);
  case Blob::FLOAT:
    return sizeof(float);
  case Blob::FLOAT16:
    return sizeof(std::uint16_t);
  default:
    return 0;
  }
}

float rawNumber(const Blob &blob, const char *at) {
  if (blob.raw_data_type() == Blob::FLOAT16) return fromHalf(loadAs<std::uint16_t>(at));
  return blob.raw_data_type() == Blob::FLOAT ? loadAs<float>(at) : static_cast<float>(loadAs<double>(at));
}

std::int64_t dataCount(const Blob &blob) {
  if (!blob.has_raw_data()) return blob.data_size() > 0 ? blob.data_size() : blob.double_data_size();
  const std::size_t each = rawBytes(blob), all = blob.raw_data().size();
  return each == 0 || all % each != 0 ? 0 : static_cast<std::int64_t>(all / each);
}

std::vector<float> copied(const Blob &blob) {
  if (!blob.has_raw_data() && blob.data_size() > 0) return {blob.data().begin(), blob.data().end()};
  std::vector<float> numbers;
  const auto count = static_cast<std::size_t>(dataCount(blob));
  numbers.reserve(count);
  if (blob.has_raw_data())
    for (std::size_t i = 0; i < count; ++i)
      numbers.push_back(rawNumber(blob, blob.raw_data().data() + i * rawBytes(blob)));
  else
    for (const double number : blob.double_data())
      numbers.push_back(static_cast<float>(number));
  return numbers;
}

} // namespace

Result<Weights> Weights::read(const std::filesystem::path &file) {
  const google::protobuf::LogSilencer silent;
  const Result<std::string> bytes = readFile(file, largestFile);
  if (!bytes) return tl::unexpected(bytes.error());
  google::protobuf::io::ArrayInputStream array(bytes->data(), static_cast<int>(bytes->size()));
  google::protobuf::io::CodedInputStream stream(&array);
  stream.SetRecursionLimit(deepestNesting);
  auto net = std::make_shared<TrainedNet>();
  if (!net->ParseFromCodedStream(&stream) || !stream.ConsumedEntireMessage()) {
    if (const std::string what = butWhatItIs(*bytes); !what.empty())
      return fail(fmt::format("'{}' is no caffemodel{}", file.string(), what));
    if (file.extension() == ".prototxt")
      return fail(fmt::format("'{}' is a net's text; its numbers are in a .caffemodel", file.string()));
    return fail(fmt::format("'{}' is no caffemodel, or a damaged one: its protobuf can't be read to the end",
                            file.string()));
  }
  net->DiscardUnknownFields();
  Weights weights;
  for (const auto &layer : net->layer())
    weights.layers_[layer.name()] = &layer.blobs();
  for (const auto &layer : net->layers()) {
    if (layer.has_layer())
      return fail(fmt::format("'{}' is a net of Caffe's first months, which isn't read; Caffe's "
                              "upgrade_net_proto_binary writes it anew",
                              file.string()));
    weights.layers_[layer.name()] = &layer.blobs();
  }
  if (weights.layers_.empty())
    return fail(fmt::format("'{}' is no caffemodel: it has no layers", file.string()));
  weights.net_ = std::move(net);
  return weights;
}

std::size_t Weights::count(const std::string &layer) const {
  const auto found = layers_.find(layer);
  return found == layers_.end() ? 0 : static_cast<std::size_t>(found->second->size());
}

Result<Parameter> Weights::blob(const std::string &layer, std::size_t blob, Shape shape) const {
  const Blob &found = layers_.at(layer)->Get(static_cast<int>(blob));
  const Dims dims = dimsOf(found);
  if (withoutOnes(dims) != withoutOnes(shape))
    return fail(fmt::format("{} in the file, but {} are needed", textOf(dims), textOf(shape)));
  std::int64_t count = 0;
  if (!countElements(shape, count) || count != dataCount(found))
    return fail(fmt::format("{} in the file, which has {} numbers for them", textOf(dims), dataCount(found)));
  return std::make_shared<const Tensor>(Tensor{std::move(shape), copied(found)});
}

Dims Weights::dims(const std::string &layer, std::size_t blob) const {
  return dimsOf(layers_.at(layer)->Get(static_cast<int>(blob)));
}

} // namespace ninc::caffe_import
