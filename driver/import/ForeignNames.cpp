#include "driver/import/ForeignNames.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace ninc {

namespace {

// What weights are called behind their layer's name, by PyTorch, Caffe2, Keras, TensorFlow and PaddlePaddle.
constexpr std::array parameterWords{"weight",
                                    "weights",
                                    "kernel",
                                    "filter",
                                    "bias",
                                    "biases",
                                    "w",
                                    "b",
                                    "gamma",
                                    "beta",
                                    "scale",
                                    "offset",
                                    "alpha",
                                    "slope",
                                    "mean",
                                    "var",
                                    "s",
                                    "rm",
                                    "riv",
                                    "variance",
                                    "running_mean",
                                    "running_var",
                                    "moving_mean",
                                    "initializer",
                                    "sc_w",
                                    "sc_b",
                                    "bias_add",
                                    "readvariableop",
                                    "moving_variance",
                                    "weights_fused_bn",
                                    "bias_fused_bn"};

// Components that say which operator computes something, and nothing of what it is for.
constexpr std::array operatorWords{"add",
                                   "averagepool",
                                   "avgpool",
                                   "batchnormalization",
                                   "biasadd",
                                   "clip",
                                   "concat",
                                   "conv",
                                   "conv2d",
                                   "convolution",
                                   "depthwise",
                                   "div",
                                   "dropout",
                                   "elu",
                                   "erf",
                                   "flatten",
                                   "fusedbatchnormv3",
                                   "gemm",
                                   "globalaveragepool",
                                   "hardsigmoid",
                                   "hardswish",
                                   "identity",
                                   "leakyrelu",
                                   "matmul",
                                   "maxpool",
                                   "maximum",
                                   "mean",
                                   "mul",
                                   "pad",
                                   "pow",
                                   "prelu",
                                   "reducemean",
                                   "relu",
                                   "relu6",
                                   "reshape",
                                   "resize",
                                   "sigmoid",
                                   "slice",
                                   "softmax",
                                   "softplus",
                                   "split",
                                   "sqrt",
                                   "squeeze",
                                   "statefulpartitionedcall",
                                   "sub",
                                   "sum",
                                   "tanh",
                                   "transpose",
                                   "unsqueeze"};

// Words of names that exporters make up.
constexpr std::array madeUpWords{"onnx",  "input",    "output", "out",  "tmp",   "tensor",
                                 "value", "variable", "op",     "pd",   "p2o",   "biased",
                                 "name",  "batch",    "norm",   "push", "fetch", "linear",
                                 "pool",  "adjusted", "node",   "blob", "part",  "pooling"};

// As short as those that exporters count through, and yet how people call layers: "fc1000".
constexpr std::array shortLayerWords{"fc", "ip"};

bool isDigit(char c) {
  return c >= '0' && c <= '9';
}
bool isLetter(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0;
}
std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](unsigned char c) { return std::tolower(c); });
  return result;
}
bool isSeparator(char c) {
  return c == '/' || c == '.';
}

template <std::size_t count>
bool isOneOf(const std::array<const char *, count> &words, std::string_view word) {
  return std::ranges::any_of(words, [&](std::string_view each) { return each == word; });
}

// Without digits at the end, if `mark` stands before them: TensorFlow's ":0", Caffe2's "_0".
std::string_view withoutNumber(std::string_view text, std::string_view mark) {
  std::size_t end = text.size();
  while (end > 0 && isDigit(text[end - 1]))
    --end;
  if (end == text.size() || !text.substr(0, end).ends_with(mark)) return text;
  return text.substr(0, end - mark.size());
}

// Without a word at the end and what separates it; empty if there is no such word, or nothing else.
std::string_view withoutParameterWord(std::string_view text) {
  const std::string small = lower(text);
  std::size_t shortest = 0;
  for (std::string_view word : parameterWords) {
    if (!small.ends_with(word) || small.size() < word.size() + 2) continue;
    const std::size_t at = small.size() - word.size() - 1;
    if (isSeparator(text[at]) || text[at] == '_')
      if (shortest == 0 || at < shortest) shortest = at;
  }
  return text.substr(0, shortest);
}

// Whether a component is an operator's, as exporters write it: "Conv2D", "Relu_1", but not "conv2d_1", which
// is how Keras calls a layer.
bool isOperator(std::string_view component) {
  if (component == "add" || component == "mul" || component == "sub") return true;
  if (component.empty() || std::isupper(static_cast<unsigned char>(component[0])) == 0) return false;
  return isOneOf(operatorWords, lower(withoutNumber(component, "_")));
}

// "model/conv2d_1/Conv2D" -> "model/conv2d_1"; what is nothing but an operator is kept.
std::string_view withoutOperators(std::string_view text) {
  while (true) {
    const std::size_t slash = text.rfind('/');
    if (slash == text.npos || slash == 0) return text;
    if (!isOperator(text.substr(slash + 1))) return text;
    text = text.substr(0, slash);
  }
}

// PyTorch's scopes repeat themselves: "/features/features.3/Conv" -> "features.3/Conv".
std::string withoutRepetition(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const std::size_t length = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, length);
    path.remove_prefix(std::min(length + 1, path.size()));
    if (part.empty()) continue;
    const bool repeats = !parts.empty() && part.starts_with(parts.back()) &&
                         part.size() > parts.back().size() && part[parts.back().size()] == '.';
    if (repeats) parts.pop_back();
    parts.push_back(part);
  }
  std::string joined;
  for (std::string_view part : parts)
    joined += (joined.empty() ? "" : "/") + std::string(part);
  return joined;
}

// Nothing but a number, or words that exporters count through.
bool isMadeUp(std::string_view name) {
  std::size_t longest = 0;
  bool isPlain = name.find_first_of(".:@") == name.npos; // "pool1", not "relu_7.tmp_0"
  bool isOrdinary = true;
  for (std::size_t at = 0; at < name.size();) {
    std::size_t end = at;
    while (end < name.size() && isLetter(name[end]))
      ++end;
    const std::string word = lower(name.substr(at, end - at));
    longest = std::max(longest, word.size());
    const bool isShort = word.size() <= 2 && !isOneOf(shortLayerWords, word);
    isOrdinary &= isShort || isOneOf(madeUpWords, word) || isOneOf(operatorWords, word);
    if (word == "tmp" || word == "output" || word == "tensor" || word == "part" || word == "push")
      isPlain = false;
    at = std::max(end, at + 1);
  }
  return isOrdinary && (longest <= 2 || !isPlain);
}

// Where components end: separators, and underscores.
std::vector<std::size_t> ends(std::string_view name) {
  std::vector<std::size_t> places;
  for (std::size_t i = 1; i < name.size(); ++i)
    if (isSeparator(name[i]) || name[i] == '_') places.push_back(i);
  return places;
}

} // namespace

std::string layerNamed(std::string_view numbers) {
  numbers = withoutNumber(numbers, ":");
  std::string_view layer = withoutParameterWord(numbers);
  if (layer.empty()) layer = withoutParameterWord(withoutNumber(numbers, "_"));
  if (layer.empty()) return {};
  return withoutRepetition(withoutOperators(layer));
}

std::string valueNamed(std::string_view foreign) {
  std::string_view whole = foreign;
  for (std::size_t i = 0; i + 1 < whole.size(); ++i)
    if (whole[i] == ':' && isDigit(whole[i + 1])) whole = whole.substr(0, i); // an operator's output
  std::string_view name = withoutNumber(whole, "_output_");
  name = withoutNumber(name, "_Output_");
  const std::string path = withoutRepetition(name);
  std::string kept(withoutOperators(path));
  if (name != whole && isOperator(kept)) return {}; // PyTorch's "/Add_1_output_0"
  if (kept.find('/') == kept.npos && isMadeUp(kept)) return {};
  return kept;
}

std::string commonPath(std::span<const std::string> names) {
  if (names.empty()) return {};
  const std::vector<std::size_t> places = ends(names[0]);
  for (auto place = places.rbegin(); place != places.rend(); ++place) {
    const std::string start = names[0].substr(0, *place);
    const auto begins = [&](const std::string &name) {
      return name.starts_with(start) && name.size() > *place &&
             (isSeparator(name[*place]) || name[*place] == '_');
    };
    if (std::ranges::all_of(names, begins)) return isOneOf(operatorWords, lower(start)) ? "" : start;
  }
  return {};
}

std::string parentPath(std::string_view name) {
  const std::vector<std::size_t> places = ends(name);
  const std::string parent(places.empty() ? "" : name.substr(0, places.back()));
  return isOneOf(operatorWords, lower(parent)) ? "" : parent;
}

std::size_t sharedScope(std::span<const std::string> names) {
  std::size_t shared = 0;
  while (names.size() > 1) {
    const std::size_t end = names[0].find_first_of("/.", shared);
    if (end == std::string::npos) break;
    const std::string_view scope = std::string_view(names[0]).substr(0, end + 1);
    const auto fits = [&](const std::string &name) {
      return name.starts_with(scope) && name.size() > scope.size() && isLetter(name[scope.size()]);
    };
    if (!std::ranges::all_of(names, fits)) break;
    shared = scope.size();
  }
  return shared;
}

} // namespace ninc
