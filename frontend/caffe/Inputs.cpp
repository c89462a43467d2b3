#include "frontend/caffe/Inputs.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "support/Spelling.h"

namespace ninc::caffe_import {

namespace {

using caffe_schema::Layer;

struct Extent {
  std::int64_t height = 0, width = 0;
  bool isThere() const { return height > 0 && width > 0; }
};

// Of a database: pictures as they are resized, and then cut, if the net says to which size.
struct Picture {
  std::int64_t batch = 1;
  Extent resized, cut;
  Extent read() const { return cut.isThere() ? cut : resized; }
};

// The first of them that says something.
std::int64_t firstOf(std::initializer_list<std::uint32_t> numbers) {
  for (const std::uint32_t number : numbers)
    if (number > 0) return number;
  return 0;
}

Picture pictureOf(const Layer &layer) {
  const auto &transform = layer.transform_param();
  const auto &data = layer.data_param();
  const auto &images = layer.image_data_param();
  const auto cut = [&](std::uint32_t own) {
    return firstOf({own, transform.crop_size(), data.crop_size(), images.crop_size()});
  };
  Picture picture;
  picture.batch = std::max<std::int64_t>(1, firstOf({data.batch_size(), images.batch_size()}));
  picture.cut = {cut(transform.crop_h()), cut(transform.crop_w())};
  picture.resized = {firstOf({images.new_height(), transform.resize_param().height()}),
                     firstOf({images.new_width(), transform.resize_param().width()})};
  return picture;
}

Dims dimsOf(const caffe_schema::Shape &shape) {
  return {shape.dim().begin(), shape.dim().end()};
}

// Of the i-th of a layer's tops, where one entry may stand for all.
template <class List>
auto entryOf(const List &list, std::size_t top) {
  return list.Get(list.size() == 1 ? 0 : static_cast<int>(top));
}

template <class List>
bool hasEntry(const List &list, std::size_t top) {
  return list.size() == 1 || static_cast<std::size_t>(list.size()) > top;
}

class Extents {
public:
  Extents(const Wiring &wiring, const Weights &weights) : wiring_(wiring), weights_(weights) {}

  // Empty where the net doesn't say.
  Dims of(std::size_t value) const {
    const auto &[blob, number, top, readers, isLast] = wiring_.values[value];
    const Layer &layer = wiring_.layers[number].layer.proto;
    if (layer.type() == "Input")
      return hasEntry(layer.input_param().shape(), top) ? dimsOf(entryOf(layer.input_param().shape(), top))
                                                        : Dims{};
    if (layer.type() == "DummyData") return dummy(layer.dummy_data_param(), top);
    if (top > 0) return {}; // labels
    if (layer.type() == "MemoryData") {
      const auto &memory = layer.memory_data_param();
      return {memory.batch_size(), memory.channels(), memory.height(), memory.width()};
    }
    const Picture picture = pictureOf(layer);
    const Extent read = picture.read();
    if (!read.isThere()) return {};
    return {picture.batch, channels(value, layer), read.height, read.width};
  }

private:
  static Dims dummy(const caffe_schema::DummyDataSettings &data, std::size_t top) {
    if (hasEntry(data.shape(), top)) return dimsOf(entryOf(data.shape(), top));
    if (!hasEntry(data.num(), top) || !hasEntry(data.channels(), top) || !hasEntry(data.height(), top) ||
        !hasEntry(data.width(), top))
      return {};
    return {entryOf(data.num(), top), entryOf(data.channels(), top), entryOf(data.height(), top),
            entryOf(data.width(), top)};
  }

  // A database's pictures say it, not the net; but there is a mean for each, or a convolution that reads
  // them.
  std::int64_t channels(std::size_t value, const Layer &layer) const {
    const auto &transform = layer.transform_param();
    if (transform.force_gray() || !layer.image_data_param().is_color()) return 1;
    if (transform.mean_value_size() > 1) return transform.mean_value_size();
    for (const WiredLayer &wired : wiring_.layers) {
      const Layer &reader = wired.layer.proto;
      if (std::ranges::count(wired.bottoms, value) == 0 || reader.type() != "Convolution") continue;
      if (weights_.count(reader.name()) == 0) continue;
      const Dims dims = weights_.dims(reader.name(), 0);
      const std::int64_t groups = std::max<std::uint32_t>(1, reader.convolution_param().group());
      if (dims.size() == 4 && dims[1] > 0 && dims[1] <= mostElements / groups) return dims[1] * groups;
    }
    constexpr std::int64_t usual = 3;
    return usual;
  }

  const Wiring &wiring_;
  const Weights &weights_;
};

bool areExtents(const Dims &dims) {
  return !dims.empty() && dims.size() <= mostDims &&
         std::ranges::all_of(dims, [](std::int64_t extent) { return extent >= 1 && extent <= mostElements; });
}

} // namespace

std::optional<std::vector<InputShape>> inputShapes(const Wiring &wiring, const Weights &weights,
                                                   const ImportOptions &options, Diagnostics &diagnostics) {
  const std::size_t earlier = diagnostics.errorCount();
  std::vector<std::string> known;
  for (const std::size_t value : wiring.inputs)
    known.push_back(wiring.values[value].blob);
  for (const auto &[name, shape] : options.shapes)
    if (std::ranges::count(known, name) == 0)
      diagnostics.error(
          {}, fmt::format("--shape: the net has no input '{}'; it has {}", name, fmt::join(known, ", ")),
          didYouMean(name, known));
  const Extents extents(wiring, weights);
  std::vector<InputShape> shapes;
  for (const std::size_t value : wiring.inputs) {
    const std::string &name = wiring.values[value].blob;
    const SourceRange where = wiring.layers[wiring.values[value].layer].layer.where;
    const auto given = std::ranges::find(options.shapes, name, &std::pair<std::string, Shape>::first);
    const Dims dims = given != options.shapes.end() ? given->second : extents.of(value);
    if (dims.empty())
      diagnostics.error(
          where, fmt::format("the net doesn't say the extents of '{}'", shownName(name)),
          fmt::format("say what they are, for example --shape '{}=1x3x224x224'", shownName(name)));
    else if (!areExtents(dims))
      diagnostics.error(where,
                        fmt::format("'{}' is {}, which no input can be", shownName(name), textOf(dims)));
    shapes.push_back({name, dims});
  }
  if (diagnostics.errorCount() > earlier) return std::nullopt;
  if (options.batch && sharedBatch(shapes))
    for (InputShape &shape : shapes) {
      shape.written = shape.dims[0];
      shape.dims[0] = *options.batch;
    }
  return shapes;
}

namespace {

// The same for a library that does it, in words for --preprocess.
std::string wordsFor(const std::string &blob, std::int64_t channels,
                     const caffe_schema::TransformSettings &transform, float scale) {
  std::string words = shownName(blob) + "=u8 hwc";
  if (transform.mean_value_size() > 0)
    words += fmt::format(" mean {}", fmt::join(transform.mean_value(), ","));
  if (scale != 1) words += fmt::format(" scale {}", scale);
  return words + (channels == 3 ? " bgr" : "");
}

} // namespace

std::vector<std::string> preparationOf(const Layer &source, const std::string &blob, std::int64_t channels) {
  const auto &transform = source.transform_param();
  std::vector<std::string> told;
  const auto meanFile = [&]() -> std::string {
    for (const std::string &file :
         {transform.mean_file(), source.data_param().mean_file(), source.image_data_param().mean_file()})
      if (!file.empty()) return file;
    return {};
  }();
  float scale = 1;
  for (const float each : {transform.scale(), source.data_param().scale(), source.image_data_param().scale()})
    scale *= each;
  const Picture picture = pictureOf(source);
  if (picture.resized.isThere())
    told.push_back(fmt::format("a picture is made {}x{}", picture.resized.height, picture.resized.width));
  if (picture.cut.isThere())
    told.push_back(
        fmt::format("the middle {}x{} of a picture is taken", picture.cut.height, picture.cut.width));
  if (transform.mean_value_size() > 0)
    told.push_back(fmt::format("{} {} subtracted", fmt::join(transform.mean_value(), ", "),
                               transform.mean_value_size() > 1 ? "are, channel by channel," : "is"));
  if (!meanFile.empty()) told.push_back(fmt::format("the mean in '{}' is subtracted", shownName(meanFile)));
  if (scale != 1) told.push_back(fmt::format("then it is multiplied by {}", scale));
  if (told.empty()) return told;
  told.push_back("Caffe reads pictures as bytes from 0 to 255 in the order blue, green, red");
  if (meanFile.empty())
    told.push_back(fmt::format("the library does so with numbers itself by --preprocess '{}'",
                               wordsFor(blob, channels, transform, scale)));
  return told;
}

} // namespace ninc::caffe_import
