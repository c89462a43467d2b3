#include "frontend/caffe/NetText.h"

#include <algorithm>
#include <fmt/format.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

#include "frontend/caffe/V1Layers.h"
#include "support/FileContent.h"
#include "support/Spelling.h"
#include "support/Utf8.h"

namespace ninc::caffe_import {

namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::TextFormat;

// ---- places

// Lines and columns of protobuf, which count from 0 and, in columns, a tab as a step to the next multiple
// of 8.
class Places {
public:
  explicit Places(std::string_view text) {
    while (!text.empty()) {
      const std::string_view line = text.substr(0, text.find('\n'));
      lines_.push_back(line);
      text.remove_prefix(std::min(text.size(), line.size() + 1));
    }
  }

  SourceRange at(int line, int column) const {
    constexpr int tab = 8;
    if (line < 0) return {};
    if (static_cast<std::size_t>(line) >= lines_.size()) return {line + 1, 1, 1};
    const std::string_view text = lines_[static_cast<std::size_t>(line)];
    std::size_t byte = 0;
    for (int shown = 0; byte < text.size() && shown < column; ++byte)
      shown = text[byte] == '\t' ? (shown / tab + 1) * tab : shown + 1;
    std::size_t length = 0;
    const auto isWord = [](char c) {
      return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    };
    while (byte + length < text.size() && isWord(text[byte + length]))
      ++length;
    return {line + 1, static_cast<int>(byte) + 1, static_cast<int>(std::max<std::size_t>(length, 1))};
  }

  // Of a word that ends there or in front of there.
  SourceRange ofWordBefore(int line, int column, std::string_view word) const {
    SourceRange range = at(line, column);
    if (range.line < 1 || static_cast<std::size_t>(range.line) > lines_.size()) return range;
    const std::string_view text = lines_[static_cast<std::size_t>(range.line) - 1];
    const std::size_t begin = text.rfind(word, static_cast<std::size_t>(range.column) - 1);
    return begin == text.npos
               ? range
               : SourceRange{range.line, static_cast<int>(begin) + 1, static_cast<int>(word.size())};
  }

private:
  std::vector<std::string_view> lines_;
};

// ---- reading

// What the parser objects to, and the fields that it doesn't know, which it warns of.
class Collector : public google::protobuf::io::ErrorCollector {
public:
  Collector(const Places &places, Diagnostics &diagnostics) : places_(places), diagnostics_(diagnostics) {}

  void AddError(int line, int column, const std::string &message) override {
    diagnostics_.error(places_.at(line, column),
                       fmt::format("the net can't be read: {}", asLine(message, 300)));
  }

  // Message type "a.b.Message" has no field named "name".
  void AddWarning(int line, int column, const std::string &message) override {
    std::vector<std::string> quoted;
    std::size_t at = 0;
    while (quoted.size() < 2 && (at = message.find('"', at)) != std::string::npos) {
      const std::size_t end = message.find('"', at + 1);
      if (end == std::string::npos) break;
      quoted.push_back(message.substr(at + 1, end - at - 1));
      at = end + 1;
    }
    if (quoted.size() != 2 || message.find("no field") == std::string::npos)
      return AddError(line, column, message);
    const std::string &name = quoted[1];
    const std::string schema = quoted[0].substr(quoted[0].rfind('.') + 1);
    unknown.push_back({name, schema, places_.ofWordBefore(line, column, name), nearNames(schema, name)});
  }

  std::vector<UnknownField> unknown;

private:
  static std::string nearNames(const std::string &schema, const std::string &name) {
    std::vector<std::string_view> known;
    if (const auto *message = caffe_schema::Net::descriptor()->file()->FindMessageTypeByName(schema))
      for (int i = 0; i < message->field_count(); ++i)
        known.push_back(message->field(i)->name());
    return didYouMean(name, known);
  }

  const Places &places_;
  Diagnostics &diagnostics_;
};

// Of messages and lists in one another; what protobuf's parser does for each is a call in a call.
constexpr int deepestNesting = 64;

bool isNestedTooDeeply(std::string_view text) {
  int depth = 0;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == '\\')
        ++i;
      else if (c == quote || c == '\n')
        quote = 0;
    } else if (c == '#') {
      i = std::min(text.find('\n', i), text.size());
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '{' || c == '<' || c == '[') {
      if (++depth > deepestNesting) return true;
    } else if (c == '}' || c == '>' || c == ']') {
      --depth;
    }
  }
  return false;
}

// ---- layers

// Layers of one of the two forms, with the place where each begins.
template <class List, class Make>
void place(const List &list, const FieldDescriptor *field, TextFormat::ParseInfoTree &tree,
           const Places &places, std::vector<PlacedLayer> &layers, std::vector<SourceRange> &begins,
           const Make &make) {
  for (int i = 0; i < list.size(); ++i) {
    const auto begin = tree.GetLocation(field, i);
    begins.push_back(places.at(begin.line, begin.column));
    PlacedLayer layer{make(list.Get(i)), begins.back(), {}};
    if (auto *inner = tree.GetTreeForNested(field, i)) {
      const auto type = inner->GetLocation(list.Get(i).GetDescriptor()->FindFieldByName("type"), -1);
      if (type.line >= 0) layer.where = places.at(type.line, type.column);
    }
    layers.push_back(std::move(layer));
  }
}

// `input: "data" input_dim: 1 ...` in front of a net is a layer of its own since 2016.
void addInputLayer(const caffe_schema::Net &net, TextFormat::ParseInfoTree &tree, const Places &places,
                   NetText &text, Diagnostics &diagnostics) {
  if (net.input_size() == 0) return;
  const auto begin = tree.GetLocation(net.GetDescriptor()->FindFieldByName("input"), 0);
  PlacedLayer layer{{}, places.at(begin.line, begin.column), {}};
  layer.proto.set_name("input");
  layer.proto.set_type("Input");
  *layer.proto.mutable_top() = net.input();
  auto &shapes = *layer.proto.mutable_input_param()->mutable_shape();
  constexpr int extents = 4;
  if (net.input_shape_size() == 0)
    for (int i = 0; i + extents <= net.input_dim_size(); i += extents)
      for (int k = 0; k < extents; ++k)
        (k == 0 ? shapes.Add() : &shapes[shapes.size() - 1])->add_dim(net.input_dim(i + k));
  else
    shapes = net.input_shape();
  const bool fits = net.input_shape_size() > 0
                        ? net.input_dim_size() == 0 && net.input_shape_size() == net.input_size()
                        : net.input_dim_size() == 0 || net.input_dim_size() == extents * net.input_size();
  if (!fits)
    diagnostics.error(
        layer.where,
        fmt::format("the net has {} inputs, but {} input_dim and {} input_shape; each needs four "
                    "input_dim or an input_shape",
                    net.input_size(), net.input_dim_size(), net.input_shape_size()));
  text.layers.insert(text.layers.begin(), std::move(layer));
}

// What is unknown belongs to the last layer that begins in front of it.
void deal(std::vector<UnknownField> unknown, const std::vector<SourceRange> &begins,
          std::vector<PlacedLayer> &layers) {
  const auto isBefore = [](const SourceRange &a, const SourceRange &b) {
    return std::pair(a.line, a.column) < std::pair(b.line, b.column);
  };
  for (UnknownField &field : unknown) {
    const auto behind = std::ranges::upper_bound(begins, field.where, isBefore);
    if (behind == begins.begin() || field.message == "Net") continue;
    layers[static_cast<std::size_t>(behind - begins.begin()) - 1].unknown.push_back(std::move(field));
  }
}

// Of the net itself, where a layer with a mistyped name of its field would vanish.
void warnOfUnknown(const std::vector<UnknownField> &unknown, Diagnostics &diagnostics) {
  for (const UnknownField &field : unknown)
    if (field.message == "Net")
      diagnostics.warning(
          field.where,
          fmt::format("the net's field '{}' isn't known, and passed over", shownName(field.name)),
          field.help);
}

// What a text without layers may be.
std::string adviceOn(const std::vector<UnknownField> &unknown) {
  const bool isSolver = std::ranges::any_of(unknown, [](const UnknownField &field) {
    return field.message == "Net" &&
           (field.name == "base_lr" || field.name == "net" || field.name == "lr_policy");
  });
  if (isSolver) return "it looks like a solver, whose 'net' names the net";
  return unknown.empty() ? std::string() : unknown.front().help;
}

} // namespace

std::string shownName(std::string_view name) {
  constexpr std::size_t longest = 200;
  return asLine(asUtf8(name), longest);
}

std::string labelOf(const caffe_schema::Layer &layer) {
  return fmt::format("layer '{}' ({})", shownName(layer.name()), shownName(layer.type()));
}

std::optional<NetText> readNetText(std::string_view bytes, Diagnostics &diagnostics) {
  const std::size_t earlier = diagnostics.errorCount();
  if (const std::string what = butWhatItIs(bytes); !what.empty() || bytes.find('\0') != bytes.npos) {
    diagnostics.error(
        {}, "the file is no Caffe net" + (what.empty() ? ", which is a text" : what),
        what.empty() ? "a trained net is given beside its text: ninc NET.prototxt --weights FILE" : "");
    return std::nullopt;
  }
  if (isNestedTooDeeply(bytes)) {
    diagnostics.error({}, fmt::format("the net has messages in messages, more than {} deep", deepestNesting));
    return std::nullopt;
  }
  const Places places(bytes);
  Collector collector(places, diagnostics);
  TextFormat::ParseInfoTree tree;
  TextFormat::Parser parser;
  parser.AllowUnknownField(true);
  parser.AllowPartialMessage(true);
  parser.RecordErrorsTo(&collector);
  parser.WriteLocationsTo(&tree);
  parser.SetRecursionLimit(deepestNesting + 1);
  caffe_schema::Net net;
  if (!parser.ParseFromString(std::string(bytes), &net) || diagnostics.errorCount() > earlier) {
    if (diagnostics.errorCount() == earlier) diagnostics.error({}, "the net can't be read");
    return std::nullopt;
  }
  const auto *descriptor = net.GetDescriptor();
  NetText text{net.name(), net.state(), {}};
  std::vector<SourceRange> begins;
  place(net.layer(), descriptor->FindFieldByName("layer"), tree, places, text.layers, begins,
        [](const caffe_schema::Layer &layer) { return layer; });
  place(net.layers(), descriptor->FindFieldByName("layers"), tree, places, text.layers, begins,
        [](const caffe_schema::V1Layer &layer) { return upgraded(layer); });
  if (text.layers.empty())
    diagnostics.error({}, "the file is no Caffe net: it has no layers", adviceOn(collector.unknown));
  else if (net.layer_size() > 0 && net.layers_size() > 0)
    diagnostics.error(text.layers.back().where,
                      "the net has both 'layer' and 'layers', which Caffe refuses too");
  else if (std::ranges::any_of(net.layers(), [](const auto &layer) { return layer.has_layer(); }))
    diagnostics.error(text.layers.front().where,
                      "the net has layers in layers, as the first months of Caffe wrote them",
                      "Caffe's upgrade_net_proto_text writes it anew");
  if (diagnostics.errorCount() > earlier) return std::nullopt;
  warnOfUnknown(collector.unknown, diagnostics);
  deal(std::move(collector.unknown), begins, text.layers);
  addInputLayer(net, tree, places, text, diagnostics);
  if (diagnostics.errorCount() > earlier) return std::nullopt;
  return text;
}

} // namespace ninc::caffe_import
