#include "tools/TensorFiles.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <fmt/format.h>

#include "driver/ShapeHint.h"
#include "support/FileContent.h"
#include "support/FileFailure.h"
#include "support/Files.h"
#include "support/Image.h"
#include "support/Npy.h"

namespace ninc {

namespace {

Result<std::vector<NamedFile>> parseAll(std::string_view kind, const std::vector<std::string> &arguments,
                                        const std::vector<NamedShape> &candidates) {
  std::vector<std::string> names;
  for (const NamedShape &candidate : candidates)
    names.push_back(candidate.name);
  // A name of the model's file may be anything: `--input data:0=x.npy`.
  const auto byOriginal = [&](const std::string &argument) {
    return std::ranges::find_if(candidates, [&](const NamedShape &candidate) {
      return !candidate.original.empty() && argument.starts_with(candidate.original + "=");
    });
  };
  std::vector<NamedFile> files;
  for (const std::string &argument : arguments) {
    std::string known = argument;
    if (const auto found = byOriginal(argument); found != candidates.end())
      known.replace(0, found->original.size(), found->name);
    Result<NamedFile> named = parseNamedFile(kind, known, names);
    if (!named) return tl::unexpected(named.error());
    files.push_back(std::move(*named));
  }
  return files;
}

// In upper or lower case.
bool endsWith(std::string_view text, std::initializer_list<std::string_view> suffixes) {
  auto isSame = [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); };
  return std::ranges::any_of(suffixes, [&](std::string_view suffix) {
    return text.size() >= suffix.size() &&
           std::ranges::equal(text.substr(text.size() - suffix.size()), suffix, isSame);
  });
}

Result<std::vector<float>> perChannel(const char *option, const std::vector<float> &numbers,
                                      std::int64_t channels, float otherwise) {
  auto count = static_cast<std::size_t>(channels);
  if (numbers.empty()) return std::vector<float>(count, otherwise);
  if (numbers.size() == 1) return std::vector<float>(count, numbers[0]);
  if (numbers.size() == count) return numbers;
  return tl::unexpected(
      Error{ErrorKind::usage, fmt::format("{} has {} numbers for {} channels; give one, or one "
                                          "a channel",
                                          option, numbers.size(), channels)});
}

// (value - mean) * scale over images, of an input that isn't bytes.
Result<void> normalise(std::vector<float> &data, const NamedShape &input, const ImageConversion &conversion) {
  if (conversion.mean.empty() && conversion.scale.empty()) return {};
  if (input.element == ElementType::u8)
    return tl::unexpected(Error{
        ErrorKind::usage, fmt::format("input '{}' takes bytes as they are: what is done to them the model "
                                      "says, and --mean and --scale are for others",
                                      input.name)});
  const bool isInterleaved = input.layout == Layout::hwc;
  std::int64_t channels = isInterleaved ? input.shape.back() : input.shape.front();
  auto elementsOfImage = static_cast<std::size_t>(elementCount(input.shape));
  auto mean = perChannel("--mean", conversion.mean, channels, 0);
  if (!mean) return tl::unexpected(mean.error());
  auto scale = perChannel("--scale", conversion.scale, channels, 1);
  if (!scale) return tl::unexpected(scale.error());
  std::size_t plane = elementsOfImage / static_cast<std::size_t>(channels);
  for (std::size_t i = 0; i < data.size(); ++i) {
    std::size_t channel =
        isInterleaved ? i % static_cast<std::size_t>(channels) : i % elementsOfImage / plane;
    const double centred = double{data[i]} - double{(*mean)[channel]}; // may be twice the largest f32
    data[i] = static_cast<float>(centred * double{(*scale)[channel]});
  }
  return {};
}

// Reads one file as [count, shape...].
struct ReadResult {
  std::vector<float> data;
  std::int64_t count = 1;
  bool batched = false;
};

Result<ReadResult> readArrayFile(const std::string &file, std::string_view bytes, const NamedShape &input) {
  const bool wantsBytes = input.element == ElementType::u8;
  Result<Array> array = wantsBytes ? parseByteNpy(bytes) : parseNpy(bytes);
  if (!array && wantsBytes)
    return cannot("read", file, fmt::format("input '{}' takes bytes: {}", input.name, array.error().message));
  if (!array) return cannot("read", file, array.error().message);
  Shape batched = input.shape;
  batched.insert(batched.begin(), array->shape.empty() ? 0 : array->shape.front());
  // A graph has no tensor without dimensions: a number alone is one of one element.
  const bool isNumber = array->shape.empty() && input.shape == Shape{1};
  if (array->shape == input.shape || isNumber) return ReadResult{std::move(array->data), 1, false};
  if (array->shape == batched && batched.front() > 0)
    return ReadResult{std::move(array->data), batched.front(), true};
  return fail(fmt::format(
      "'{}' holds {}, but input '{}' takes {}, or any number of those along an extra first "
      "dimension{}",
      file, toString(array->shape), input.name, toString(input.shape), shapeHint(array->shape, input.shape)));
}

// Planes as pixels, whose channels are next to one another.
std::vector<float> interleaved(const std::vector<float> &planes, std::int64_t channels) {
  const auto count = static_cast<std::size_t>(channels), pixels = planes.size() / count;
  std::vector<float> numbers(planes.size());
  for (std::size_t i = 0; i < planes.size(); ++i)
    numbers[i % pixels * count + i / pixels] = planes[i];
  return numbers;
}

Result<ReadResult> readPicture(const std::string &file, std::string_view bytes, const NamedShape &input,
                               const ImageConversion &conversion) {
  const std::size_t rank = input.shape.size();
  const bool isInterleaved = input.layout == Layout::hwc;
  const std::int64_t channels = rank != 3 ? 0 : isInterleaved ? input.shape[2] : input.shape[0];
  if (channels != 1 && channels != 3)
    return fail(fmt::format("input '{}' is {}, which no picture fills; give a .npy file", input.name,
                            toString(input.shape)));
  const std::size_t rows = isInterleaved ? 0 : 1; // the dimension of these, in front of the columns'
  Result<Image> decoded = decodeImage(bytes, static_cast<int>(channels));
  if (!decoded) return fail(fmt::format("'{}': {}", file, decoded.error().message));
  Image resized =
      resize(*decoded, static_cast<int>(input.shape[rows + 1]), static_cast<int>(input.shape[rows]));
  std::vector<float> numbers = toPlanes(resized).data; // [channels, height, width], red first
  const std::int64_t pixels = elementCount(input.shape) / channels;
  if (conversion.layout == "bgr")
    std::swap_ranges(numbers.begin(), numbers.begin() + pixels, numbers.end() - pixels);
  if (input.element == ElementType::u8) // a picture of 16 bits has fractions
    std::ranges::transform(numbers, numbers.begin(), [](float number) { return std::round(number); });
  if (isInterleaved) numbers = interleaved(numbers, channels);
  return ReadResult{std::move(numbers), 1, false};
}

// What the file is, its first bytes say; its name counts only where they say nothing.
Result<ReadResult> readInputFile(const std::string &file, const NamedShape &input,
                                 const ImageConversion &conversion) {
  bool isNamedArray = endsWith(file, {".npy"});
  bool isNamedPicture = endsWith(file, {".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".jif"});
  bool isNamed = isNamedArray || isNamedPicture;
  Result<std::string> bytes = readFile(file);
  std::error_code error;
  if (!bytes && (isNamed || std::filesystem::exists(file, error))) return tl::unexpected(bytes.error());
  if (!bytes)
    return tl::unexpected(
        Error{ErrorKind::usage,
              fmt::format("{}, and its name isn't one of a .npy, .png or .jpg file", bytes.error().message)});
  FileContent content = fileContent(*bytes);
  switch (content.kind) {
  case FileKind::npy:
    return readArrayFile(file, *bytes, input);
  case FileKind::png:
  case FileKind::jpeg:
    return readPicture(file, *bytes, input, conversion);
  case FileKind::picture:
    return fail(fmt::format("'{}' is {}; PNG and JPEG are read, so convert it to PNG", file, content.name));
  case FileKind::data:
  case FileKind::safetensors:
    return fail(
        fmt::format("'{}' is {}; of arrays .npy is read, as numpy.save writes it", file, content.name));
  case FileKind::unknown:
    if (isNamedArray) return readArrayFile(file, *bytes, input);
    if (isNamedPicture) return readPicture(file, *bytes, input, conversion);
  }
  return tl::unexpected(
      Error{ErrorKind::usage, fmt::format("can't tell what '{}' is: .npy, .png and .jpg are read", file)});
}

} // namespace

std::vector<Tensor> ImageSet::slice(std::int64_t first, std::int64_t number) const {
  std::vector<Tensor> sliced;
  for (const Tensor &all : inputs) {
    Tensor part{all.shape, {}};
    part.shape[0] = number;
    std::int64_t each = elementCount(all.shape) / count;
    part.data.assign(all.data.begin() + first * each, all.data.begin() + (first + number) * each);
    if (number == 1) part.shape.erase(part.shape.begin());
    sliced.push_back(std::move(part));
  }
  return sliced;
}

Result<ImageSet> readInputs(const Signature &signature, const std::vector<std::string> &arguments,
                            const ImageConversion &conversion) {
  std::vector<std::optional<ReadResult>> read(signature.inputs.size());
  const Result<std::vector<NamedFile>> files = inputFiles(signature, arguments);
  if (!files) return tl::unexpected(files.error());
  for (const auto &[index, file] : *files) {
    const NamedShape &input = signature.inputs[index];
    if (read[index])
      return tl::unexpected(Error{ErrorKind::usage, fmt::format("input '{}' is given twice", input.name)});
    Result<ReadResult> data = readInputFile(file, input, conversion);
    if (!data) return tl::unexpected(data.error());
    if (auto done = normalise(data->data, input, conversion); !done) return tl::unexpected(done.error());
    read[index] = std::move(*data);
  }
  ImageSet images;
  for (std::size_t i = 0; i < read.size(); ++i) {
    const NamedShape &input = signature.inputs[i];
    if (!read[i])
      return tl::unexpected(
          Error{ErrorKind::usage, fmt::format("input '{}' {} is missing: --input {}=FILE", input.name,
                                              toString(input.shape), input.name)});
    if (i > 0 && read[i]->count != images.count)
      return fail(fmt::format("input '{}' has {} images, '{}' has {}", input.name, read[i]->count,
                              signature.inputs[0].name, images.count));
    images.count = read[i]->count;
    images.batched |= read[i]->batched;
    Shape shape = input.shape;
    shape.insert(shape.begin(), images.count);
    images.inputs.push_back({std::move(shape), std::move(read[i]->data)});
  }
  return images;
}

Result<std::vector<NamedFile>> inputFiles(const Signature &signature,
                                          const std::vector<std::string> &arguments) {
  return parseAll("input", arguments, signature.inputs);
}

Result<std::vector<NamedFile>> outputFiles(const Signature &signature,
                                           const std::vector<std::string> &arguments) {
  Result<std::vector<NamedFile>> files = parseAll("output", arguments, signature.outputs);
  if (!files) return files;
  for (const NamedFile &named : *files)
    if (!endsWith(named.file, {".npy"}))
      return tl::unexpected(
          Error{ErrorKind::usage, fmt::format("outputs are written as .npy, not '{}'", named.file)});
  return files;
}

Result<void> writeTensor(const std::string &file, const Tensor &tensor, ElementType element) {
  const ArrayView array{tensor.shape, tensor.data};
  return writeAtomically(file, element == ElementType::i64 ? formatIntegerNpy(array) : formatNpy(array));
}

} // namespace ninc
