#include "frontend/text/OpSyntax.h"

#include <algorithm>
#include <fmt/format.h>

namespace ninc::text {

namespace {

// Reads attributes in any order, each at most once.
class AttributeReader {
public:
  AttributeReader(Cursor &cursor, OpPlaces &places) : cursor_(cursor), places_(places) {}

  void read(Input &op) { op.type = constantType(); }
  void read(Constant &op) { op.shape = constantType().shape; }

  void read(Conv2d &op) {
    ConvLayer &layer = op.layer;
    bool hasCount = false;
    while (cursor_.ok()) {
      if (windowAttribute(layer.window, places_.kernel, places_.pad)) continue;
      if (word("groups")) {
        places_.groups = cursor_.peek().where;
        layer.groups = cursor_.integer("groups", 1);
      } else if (!hasCount && cursor_.accept(TokenKind::arrow)) {
        layer.outChannels = count("output channels");
        hasCount = true;
      } else if (!activation(layer.activation) && !noBias(layer.hasBias)) {
        break;
      }
    }
    requireKernel("conv2d", places_.kernel);
    if (!hasCount) missing("conv2d needs its output channels, such as '-> 64'");
  }

  // [conv 5x5 pad 2 -> 192, 160 sigmoid, 96 nobias] EPILOGUE
  void read(Mlpconv &op) {
    Token open =
        cursor_.expect(TokenKind::leftBracket, "the layers, such as [conv 5x5 pad 2 -> 192, 160, 96]");
    if (cursor_.ok() && !cursor_.accept("conv")) cursor_.expect(TokenKind::word, "'conv', the first layer");
    Window window;
    while (windowAttribute(window, places_.kernel, places_.pad)) {
    }
    if (!cursor_.nextIs(TokenKind::arrow) && cursor_.nextIs(TokenKind::word))
      cursor_.unexpected("mlpconv's first layer");
    requireKernel("conv", places_.kernel);
    cursor_.expect(TokenKind::arrow, "'->' and the channels of each layer");
    do {
      beginGroup();
      ConvLayer layer;
      if (op.layers.empty()) layer.window = window;
      layer.outChannels = count("channels");
      layer.activation = Unary{UnaryKind::relu};
      while (cursor_.ok() && (activation(layer.activation) || noBias(layer.hasBias))) {
      }
      op.layers.push_back(std::move(layer));
    } while (cursor_.accept(TokenKind::comma));
    if (!cursor_.nextIs(TokenKind::rightBracket) && cursor_.nextIs(TokenKind::word))
      cursor_.unexpected("mlpconv's layers");
    closeBracket(open, TokenKind::rightBracket);
    beginGroup();
    op.epilogue = epilogue();
  }

  void read(MaxPool &op) {
    while (windowAttribute(op.window, places_.kernel, places_.pad) || ceil(op.extent)) {
    }
    requireKernel("max_pool", places_.kernel);
  }

  void read(AveragePool &op) {
    while (windowAttribute(op.window, places_.kernel, places_.pad) || ceil(op.extent) ||
           countIncludePad(op.countIncludePad)) {
    }
    requireKernel("average_pool", places_.kernel);
  }

  void read(Dropout &op) { optionalNumber(op.ratio, "dropout ratio"); }

  void read(Unary &op) {
    const UnaryFunction &function = functionOf(op.kind);
    for (std::size_t i = 0; i < function.count(); ++i)
      optionalNumber(op.numbers[i], nameOfNumber(function, i));
  }

  void read(BatchNorm &op) {
    while (named("epsilon", op.epsilon)) {
    }
  }

  void read(Concat &op) {
    while (word("axis")) {
      places_.number = cursor_.peek().where;
      op.axis = cursor_.integer("axis", 0);
    }
  }

  void read(Reshape &op) {
    places_.shape = cursor_.peek().where;
    op.shape = shape();
    places_.shape = cursor_.since(places_.shape);
  }

  void read(Dense &op) {
    bool hasCount = false;
    while (cursor_.ok()) {
      if (!hasCount && cursor_.accept(TokenKind::arrow)) {
        op.outFeatures = count("outputs");
        hasCount = true;
      } else if (!activation(op.activation) && !noBias(op.hasBias)) {
        break;
      }
    }
    if (!hasCount) missing("dense needs the number of its outputs, such as '-> 10'");
  }

  void read(Lrn &op) {
    while (cursor_.ok()) {
      if (word("size"))
        op.size = cursor_.integer("size", 1);
      else if (!named("alpha", op.alpha) && !named("beta", op.beta) && !named("k", op.k))
        break;
    }
  }

  void read(GlobalAveragePool &) {}
  void read(Binary &) {}
  void read(Flatten &) {}
  void read(Softmax &) {}

  TensorType type() {
    if (!cursor_.accept("f32")) {
      std::string help = cursor_.nextIs(TokenKind::word) ? "f32 is the only element type so far" : "";
      cursor_.error(cursor_.peek().where, "expected a type, such as f32[3, 32, 32]", std::move(help));
    }
    TensorType result{ElementType::f32, shape(), Layout::chw};
    if (cursor_.accept("hwc"))
      result.layout = Layout::hwc;
    else
      cursor_.accept("chw");
    return result;
  }

private:
  // Attributes may be given once; in an mlpconv once in each of its parts.
  void beginGroup() { seen_.clear(); }

  bool word(std::string_view name) {
    SourceRange where = cursor_.peek().where;
    if (!cursor_.accept(name)) return false;
    once(name, where);
    return true;
  }

  void once(std::string_view what, SourceRange where) {
    if (std::ranges::find(seen_, what) != seen_.end())
      cursor_.error(where, fmt::format("{} is given twice", what));
    seen_.push_back(what);
  }

  // A word that is left over is the likelier mistake, and whoever asked for the attributes reports it.
  void missing(std::string message) {
    if (!cursor_.nextIs(TokenKind::word)) cursor_.error(cursor_.peek().where, std::move(message));
  }

  void requireKernel(std::string_view op, const SourceRange &kernel) {
    if (!kernel.valid()) missing(fmt::format("{} needs a kernel, such as 3x3", op));
  }

  // KERNEL | stride N | pad P | dilation N
  bool windowAttribute(Window &window, SourceRange &kernel, SourceRange &pad) {
    if (cursor_.nextIs(TokenKind::extents) || cursor_.nextIs(TokenKind::number)) {
      once("the kernel", cursor_.peek().where);
      kernel = cursor_.peek().where;
      window.kernel = cursor_.extents("kernel", 1);
    } else if (word("stride")) {
      window.stride = cursor_.extents("stride", 1);
    } else if (word("pad")) {
      pad = cursor_.peek().where;
      window.pad = padding();
      pad = cursor_.since(pad);
    } else if (word("dilation")) {
      window.dilation = cursor_.extents("dilation", 1);
    } else {
      return false;
    }
    return cursor_.ok();
  }

  // 2 | 2x1 (rows x columns) | 1,0,1,0 (top, left, bottom, right)
  Padding padding() {
    const bool both = cursor_.nextIs(TokenKind::extents);
    auto [rows, columns] = cursor_.extents("pad", 0);
    if (both || !cursor_.nextIs(TokenKind::comma)) return {rows, columns, rows, columns};
    Padding pad{.top = rows};
    for (std::int64_t *side : {&pad.left, &pad.bottom, &pad.right}) {
      cursor_.expect(TokenKind::comma, "',': a pad is 2, or 2x1, or top,left,bottom,right");
      *side = cursor_.integer("pad", 0);
    }
    return pad;
  }

  std::int64_t count(std::string_view what) {
    places_.counts.push_back(cursor_.peek().where);
    return cursor_.integer(what, 1);
  }

  bool activation(Activation &result) {
    const SourceRange where = cursor_.peek().where;
    if (cursor_.accept("none")) {
      once("the activation", where);
      result = std::nullopt;
      return true;
    }
    for (const UnaryFunction &function : unaryFunctions()) {
      if (!cursor_.accept(function.spelling)) continue;
      once("the activation", where);
      result = Unary{function.kind};
      for (std::size_t i = 0; i < function.count(); ++i)
        result->numbers[i] = cursor_.real(nameOfNumber(function, i));
      return true;
    }
    return false;
  }

  // "leaky_relu slope"
  static std::string nameOfNumber(const UnaryFunction &function, std::size_t index) {
    return fmt::format("{} {}", function.spelling, function.names[index].name);
  }

  bool noBias(bool &hasBias) {
    if (!word("nobias")) return false;
    hasBias = false;
    return true;
  }

  bool ceil(PoolExtent &extent) {
    if (!word("ceil")) return false;
    extent = PoolExtent::ceil;
    return true;
  }

  bool countIncludePad(bool &flag) {
    if (!word("count_include_pad")) return false;
    flag = true;
    return true;
  }

  Epilogue epilogue() {
    if (cursor_.accept("global_avg_pool")) {
      GapEpilogue gap;
      while (cursor_.ok()) {
        if (word("softmax"))
          gap.softmax = true;
        else if (word("keep_maps"))
          gap.keepMaps = true;
        else
          break;
      }
      return gap;
    }
    PoolEpilogue pool;
    if (cursor_.accept("average_pool"))
      pool.kind = PoolKind::average;
    else if (!cursor_.accept("max_pool"))
      return NoEpilogue{};
    while (windowAttribute(pool.window, places_.epilogueKernel, places_.epiloguePad) || ceil(pool.extent) ||
           (pool.kind == PoolKind::average && countIncludePad(pool.countIncludePad))) {
    }
    requireKernel("the pool", places_.epilogueKernel);
    return pool;
  }

  bool named(std::string_view name, float &value) {
    if (!word(name)) return false;
    places_.number = cursor_.peek().where;
    value = cursor_.real(name);
    return true;
  }

  void optionalNumber(float &value, std::string_view what) {
    if (!cursor_.nextIs(TokenKind::number)) return;
    places_.number = cursor_.peek().where;
    value = cursor_.real(what);
  }

  TensorType constantType() {
    places_.shape = cursor_.peek().where;
    TensorType result = type();
    places_.shape = cursor_.since(places_.shape);
    if (result.layout != Layout::chw)
      cursor_.error(places_.shape, "inputs and constants always have layout chw");
    return result;
  }

  Shape shape() {
    Token open = cursor_.expect(TokenKind::leftBracket, "a shape, such as [3, 32, 32]");
    Shape result;
    do
      result.push_back(cursor_.integer("extent", 1));
    while (cursor_.accept(TokenKind::comma));
    closeBracket(open, TokenKind::rightBracket);
    return result;
  }

  void closeBracket(const Token &open, TokenKind kind) {
    if (cursor_.ok() && cursor_.atEnd())
      cursor_.error(open.where, fmt::format("this '{}' is never closed", open.text));
    else
      cursor_.expect(kind, "',' or ']'");
  }

  Cursor &cursor_;
  OpPlaces &places_;
  std::vector<std::string_view> seen_;
};

} // namespace

bool isOp(std::string_view word) {
  return std::ranges::find(opSpellings(), word) != opSpellings().end();
}
bool takesOperands(std::string_view spelling) {
  return spelling != "input" && spelling != "constant";
}

std::optional<Op> parseAttributes(std::string_view spelling, Cursor &cursor, OpPlaces &places) {
  std::optional<Op> op = opNamed(spelling);
  AttributeReader reader(cursor, places);
  if (op) std::visit([&](auto &its) { reader.read(its); }, *op);
  return op;
}

TensorType parseType(Cursor &cursor) {
  OpPlaces unused;
  return AttributeReader(cursor, unused).type();
}

} // namespace ninc::text
