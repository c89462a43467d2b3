// THE ALGORITHM of a convolution by Winograd's F(m, r): transform patches of the input, multiply frequency by
// frequency, transform back (ir/Winograd.h has the matrices).
#include <cmath>

#include "codegen/halide/cpu/mlpconv/MlpconvSizes.h"

namespace ninc {

using namespace Halide;

namespace {

bool areOpposites(double a, double b) {
  return a == -b && a != 0;
}

Expr scaled(double factor, const Expr &x) {
  if (factor == 1) return x;
  if (factor == -1) return -x;
  return static_cast<float>(factor) * x;
}

// Sum of the terms whose factor isn't 0; undefined where there is none.
Expr combination(const std::vector<double> &factors, const std::vector<Expr> &x) {
  Expr sum;
  for (std::size_t i = 0; i < x.size(); ++i)
    if (factors[i] != 0) sum = sum.defined() ? sum + scaled(factors[i], x[i]) : scaled(factors[i], x[i]);
  return sum;
}

Expr orZero(const Expr &x) {
  return x.defined() ? x : Expr(0.0f);
}

// Rows that belong to a pair of points +-p are equal but for the signs of half of their entries: both are
// made from the sum of the equal terms and the sum of the opposite ones.
bool isPairOfRows(const std::vector<double> &a, const std::vector<double> &b) {
  bool opposite = false;
  for (std::size_t j = 0; j < a.size(); ++j) {
    if (std::abs(a[j]) != std::abs(b[j])) return false;
    opposite |= areOpposites(a[j], b[j]);
  }
  return opposite;
}

std::vector<Expr> applyInputMatrix(const Matrix &matrix, const std::vector<Expr> &x) {
  std::vector<Expr> result;
  for (std::size_t k = 0; k < matrix.size(); ++k) {
    if (k + 1 < matrix.size() && isPairOfRows(matrix[k], matrix[k + 1])) {
      std::vector<double> equal = matrix[k], opposite = matrix[k];
      for (std::size_t j = 0; j < x.size(); ++j)
        (areOpposites(matrix[k][j], matrix[k + 1][j]) ? equal : opposite)[j] = 0;
      Expr even = orZero(combination(equal, x)), odd = combination(opposite, x);
      result.push_back(even + odd);
      result.push_back(even - odd);
      ++k;
    } else {
      result.push_back(orZero(combination(matrix[k], x)));
    }
  }
  return result;
}

// The transpose of the same structure: columns of a pair +-p act on the sum and the difference of their two
// inputs.
std::vector<Expr> applyOutputMatrix(const Matrix &matrix, const std::vector<Expr> &x) {
  const std::size_t columns = x.size();
  auto column = [&](std::size_t k) {
    std::vector<double> entries;
    for (const std::vector<double> &row : matrix)
      entries.push_back(row[k]);
    return entries;
  };
  std::vector<Expr> result(matrix.size());
  auto add = [&](std::size_t row, double factor, const Expr &term) {
    if (factor == 0) return;
    Expr value = scaled(factor, term);
    result[row] = result[row].defined() ? result[row] + value : value;
  };
  for (std::size_t k = 0; k < columns; ++k) {
    if (k + 1 < columns && isPairOfRows(column(k), column(k + 1))) {
      Expr sum = x[k] + x[k + 1], difference = x[k] - x[k + 1];
      for (std::size_t i = 0; i < matrix.size(); ++i)
        add(i, matrix[i][k], areOpposites(matrix[i][k], matrix[i][k + 1]) ? difference : sum);
      ++k;
    } else {
      for (std::size_t i = 0; i < matrix.size(); ++i)
        add(i, matrix[i][k], x[k]);
    }
  }
  for (Expr &value : result)
    value = orZero(value);
  return result;
}

struct TilePlace {
  Expr column, row, image;
};

TilePlace placeOfTile(const WinogradGeometry &w, const Expr &tile) {
  const int columns = toInt(w.tileColumns), rows = toInt(w.tileRows);
  if (w.images == 1) return {tile % columns, tile / columns, Expr(0)};
  return {tile % columns, tile / columns % rows, tile / (columns * rows)};
}

void defineInputTransform(const MlpconvPlan &plan, MlpconvAlgorithm &a) {
  const WinogradGeometry &w = *plan.winograd;
  WinogradFunctions &f = a.winograd;
  // The last group's surplus tiles repeat the last tile.
  const bool surplus = w.tiles() % plan.schedule.groupTiles != 0;
  const TilePlace at = placeOfTile(w, surplus ? min(f.t, toInt(w.tiles()) - 1) : Expr(f.t));
  f.inputRows = Func("input_rows");
  std::vector<Expr> patchColumn, row;
  for (int i = 0; i < w.rows.frequencies(); ++i)
    patchColumn.push_back(a.padded((at.column * w.columns.outputs + f.j) * toInt(w.channels) + a.c,
                                   at.row * w.rows.outputs + i, at.image));
  f.inputRows(a.c, f.j, f.t, f.k) = mux(f.k, applyInputMatrix(w.rows.input, patchColumn));
  for (int j = 0; j < w.columns.frequencies(); ++j)
    row.push_back(f.inputRows(f.chunk * plan.chunk() + a.c, j, f.t, f.k));
  f.input = Func("input_frequencies");
  f.input(a.c, f.t, f.chunk, f.l, f.k) = mux(f.l, applyInputMatrix(w.columns.input, row));
}

void defineProducts(const MlpconvPlan &plan, MlpconvAlgorithm &a, const MlpconvConvolution &conv) {
  const WinogradGeometry &w = *plan.winograd;
  WinogradFunctions &f = a.winograd;
  const int panel = plan.panel(0);
  f.channel = RDom(0, plan.chunk(), 0, plan.chunks(), "channel");
  f.sum = Func("sum0");
  f.products = Func("products");
  f.sum(a.c, f.t, f.l, f.k) = 0.0f;
  f.sum(a.c, f.t, f.l, f.k) += conv.weights(a.c % panel, f.channel.y * plan.chunk() + f.channel.x,
                                            f.k * w.columns.frequencies() + f.l, a.c / panel) *
                               f.input(f.channel.x, f.t, f.channel.y, f.l, f.k);
  f.products(a.c, f.t, f.l, f.k) = f.sum(a.c, f.t, f.l, f.k);
}

void defineOutputTransform(const MlpconvPlan &plan, MlpconvAlgorithm &a) {
  const WinogradGeometry &w = *plan.winograd;
  WinogradFunctions &f = a.winograd;
  std::vector<Expr> column, row;
  for (int k = 0; k < w.rows.frequencies(); ++k)
    column.push_back(f.products(a.c, f.t, f.l, k));
  f.outputRows = Func("output_rows");
  f.outputRows(a.c, f.t, f.i, f.l) = mux(f.i, applyOutputMatrix(w.rows.output, column));
  for (int l = 0; l < w.columns.frequencies(); ++l)
    row.push_back(f.outputRows(a.c, f.t, f.i, l));
  f.outputs = Func("outputs");
  f.outputs(a.c, f.t, f.i, f.j) = mux(f.j, applyOutputMatrix(w.columns.output, row));
}

} // namespace

MlpconvConvolution defineWinograd(const MlpconvPlan &plan, MlpconvAlgorithm &a, Arguments &arguments) {
  const WinogradGeometry &w = *plan.winograd;
  const std::int64_t panel = plan.panel(0), padded = plan.paddedMaps(0), frequencies = w.frequencies();
  MlpconvConvolution conv;
  conv.weights = arguments.weights(0, {{0, panel, 1},
                                       {0, w.channels, panel},
                                       {0, frequencies, panel * w.channels},
                                       {0, padded / panel, panel * w.channels * frequencies}});
  conv.bias = arguments.weights(1, {{0, padded, 1}});
  defineInputTransform(plan, a);
  defineProducts(plan, a, conv);
  defineOutputTransform(plan, a);

  // Every tile is dealt out to its pixels; tiles at the edge have some outside the maps.
  const MlpconvGeometry &g = plan.geometry;
  WinogradFunctions &f = a.winograd;
  f.place = RDom(0, w.columns.outputs, 0, w.rows.outputs, 0, toInt(w.tiles()), "place");
  const TilePlace at = placeOfTile(w, f.place.z);
  Expr row = at.row * w.rows.outputs + f.place.y, column = at.column * w.columns.outputs + f.place.x;
  if (g.rows % w.rows.outputs != 0) f.place.where(row < toInt(g.rows));
  if (g.columns % w.columns.outputs != 0) f.place.where(column < toInt(g.columns));
  conv.map = Func("map0");
  conv.map(a.c, a.p) = undef<float>();
  const Expr pixel = at.image * plan.pixels() + row * toInt(g.columns) + column;
  conv.map(a.c, pixel) =
      elementOfMap(plan, a, 0, f.outputs(a.c, f.place.z, f.place.y, f.place.x) + conv.bias(a.c), pixel);
  return conv;
}

} // namespace ninc
