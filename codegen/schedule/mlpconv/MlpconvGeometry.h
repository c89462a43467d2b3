// Sizes of a stage (codegen/spec/ConvStage.h) that its schedule, its packed weights and its kernel all ask
// for, worked out once.
#pragma once

#include <cstdint>
#include <vector>

#include "codegen/spec/ConvStage.h"
#include "codegen/spec/KernelSpec.h"
#include "ir/Winograd.h"

namespace ninc {

struct MlpconvGeometry {
  FirstWindow firstWindow = FirstWindow::dense;
  std::vector<ConvLayer> layers; // parameters as in the op
  Epilogue epilogue;
  std::vector<std::size_t> epilogueOperands;        // of the spec, that a pointwise epilogue reads
  std::int64_t images = 1;                          // that one call computes
  std::int64_t channels = 0, height = 0, width = 0; // of the input
  std::int64_t rows = 0, columns = 0;               // of the maps, before a pool epilogue
  std::int64_t pooledRows = 0, pooledColumns = 0;   // after it; the maps' own without one

  // The spec's op must be a stage.
  explicit MlpconvGeometry(const KernelSpec &spec);
  // With the stage of the spec's op, or of that op with its parameters.
  MlpconvGeometry(ConvStage stage, const KernelSpec &spec);

  std::int64_t pixels() const { return rows * columns; } // of one image
  std::int64_t allPixels() const { return images * pixels(); }
  // Terms that one output of convolution i sums.
  std::int64_t reduction(std::size_t i) const;
  std::int64_t maps(std::size_t i) const { return layers[i].outChannels; }
  std::int64_t mostMaps() const; // of any convolution
  // Extents of the input with the border that the window reads.
  std::int64_t paddedHeight() const;
  std::int64_t paddedWidth() const;
  const PoolEpilogue *pool() const { return std::get_if<PoolEpilogue>(&epilogue); }
  const GapEpilogue *gap() const { return std::get_if<GapEpilogue>(&epilogue); }
  const PointwiseEpilogue *pointwise() const { return std::get_if<PointwiseEpilogue>(&epilogue); }
  // GAP without stored maps: the means are summed while the maps are made.
  bool accumulatesMean() const { return gap() && !gap()->keepMaps; }
  // The last convolution's maps are a result of the kernel, its only one or that beside the means.
  bool returnsMaps() const { return !pool() && !accumulatesMean(); }
  // The epilogue reads maps in memory, and they are the first convolution's: there is no other.
  bool epilogueReadsFirstMaps() const { return layers.size() == 1 && (pool() || gap()); }
  // Map pixels that a block must have for a pool epilogue: the rows of one pooled row.
  std::int64_t pixelsOfPooledRow() const;
};

// A spec whose op is a stage, with what is worked out from it once. What predicts, checks and chooses
// schedules takes one; where a single question is asked, a spec becomes one by itself. Refers to the spec,
// which must outlive it.
struct MlpconvProblem {
  const KernelSpec &spec;
  MlpconvGeometry geometry;

  MlpconvProblem(const KernelSpec &asked)
      : spec(asked), geometry(asked) {} // NOLINT(google-explicit-constructor)
};

// The first convolution by Winograd's F(m, r): a convolution of stride 1 over the input's phases
// (ir/Winograd.h), its maps cut into tiles, its sums computed once a tile and frequency.
struct WinogradGeometry {
  WinogradTransform rows, columns;
  std::int64_t channels = 0;                  // of the phases
  std::int64_t tileRows = 0, tileColumns = 0; // tiles that cover one image's maps
  std::int64_t images = 1;
  std::int64_t paddedHeight = 0, paddedWidth = 0; // of the phases that those tiles read

  // The window must not be dilated; the tile is within winogradTransform's limits.
  WinogradGeometry(const MlpconvGeometry &geometry, const WinogradTile &tile);

  std::int64_t tiles() const { return images * tileRows * tileColumns; }
  // Channels of the phases that go together in vectors of so many lanes: a power of two that divides them.
  std::int64_t chunk(std::int64_t lanes) const;
  std::int64_t frequencies() const { return std::int64_t{rows.frequencies()} * columns.frequencies(); }
};

} // namespace ninc
