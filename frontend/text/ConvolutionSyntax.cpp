// conv2d and mlpconv: layers behind arrows and commas, each with its activation, and an epilogue behind them.
#include "frontend/text/AttributeReader.h"

namespace ninc::text {

namespace {

bool noBias(bool &hasBias, AttributeReader &reader) {
  if (!reader.word("nobias")) return false;
  hasBias = false;
  return true;
}

GapEpilogue meanEpilogue(AttributeReader &reader) {
  GapEpilogue gap;
  while (reader.cursor().ok()) {
    if (reader.word("softmax"))
      gap.softmax = true;
    else if (reader.word("keep_maps"))
      gap.keepMaps = true;
    else
      break;
  }
  return gap;
}

PoolEpilogue poolEpilogue(PoolKind kind, AttributeReader &reader) {
  PoolEpilogue pool;
  pool.kind = kind;
  while (reader.cursor().ok()) {
    if (reader.window(pool.window, reader.places().epilogue)) continue;
    if (reader.word("ceil"))
      pool.extent = PoolExtent::ceil;
    else if (kind == PoolKind::average && reader.word("count_include_pad"))
      pool.countIncludePad = true;
    else
      break;
  }
  reader.requireKernel("the pool", reader.places().epilogue);
  return pool;
}

Epilogue epilogue(AttributeReader &reader) {
  if (reader.cursor().accept("global_avg_pool")) return meanEpilogue(reader);
  if (reader.cursor().accept("average_pool")) return poolEpilogue(PoolKind::average, reader);
  if (reader.cursor().accept("max_pool")) return poolEpilogue(PoolKind::max, reader);
  if (reader.cursor().accept("pointwise")) return PointwiseEpilogue{readChain(reader)};
  return NoEpilogue{};
}

} // namespace

void readAttributes(Conv2d &op, AttributeReader &reader) {
  Cursor &cursor = reader.cursor();
  OpPlaces &places = reader.places();
  ConvLayer &layer = op.layer;
  while (cursor.ok()) {
    if (reader.window(layer.window, places.window)) continue;
    if (reader.word("groups")) {
      places.groups = cursor.peek().where;
      layer.groups = cursor.integer("groups", 1);
    } else if (places.counts.empty() && cursor.accept(TokenKind::arrow)) {
      layer.outChannels = reader.count("output channels");
    } else if (!reader.activation(layer.activation) && !noBias(layer.hasBias, reader)) {
      break;
    }
  }
  reader.requireKernel("conv2d", places.window);
  if (places.counts.empty()) reader.missing("conv2d needs its output channels, such as '-> 64'");
}

// [conv 5x5 pad 2 -> 192, 160 sigmoid, 96 nobias] EPILOGUE
void readAttributes(Mlpconv &op, AttributeReader &reader) {
  Cursor &cursor = reader.cursor();
  Token open = cursor.expect(TokenKind::leftBracket, "the layers, such as [conv 5x5 pad 2 -> 192, 160, 96]");
  if (cursor.ok() && !cursor.accept("conv")) cursor.expect(TokenKind::word, "'conv', the first layer");
  Window window;
  while (reader.window(window, reader.places().window)) {
  }
  if (!cursor.nextIs(TokenKind::arrow) && cursor.nextIs(TokenKind::word))
    cursor.unexpected("mlpconv's first layer");
  reader.requireKernel("conv", reader.places().window);
  cursor.expect(TokenKind::arrow, "'->' and the channels of each layer");
  do {
    reader.beginGroup();
    ConvLayer layer;
    if (op.layers.empty()) layer.window = window;
    layer.outChannels = reader.count("channels");
    layer.activation = Unary{UnaryKind::relu};
    while (cursor.ok() && (reader.activation(layer.activation) || noBias(layer.hasBias, reader))) {
    }
    op.layers.push_back(std::move(layer));
  } while (cursor.accept(TokenKind::comma));
  if (!cursor.nextIs(TokenKind::rightBracket) && cursor.nextIs(TokenKind::word))
    cursor.unexpected("mlpconv's layers");
  reader.closeBracket(open, TokenKind::rightBracket);
  reader.beginGroup();
  op.epilogue = epilogue(reader);
}

} // namespace ninc::text
