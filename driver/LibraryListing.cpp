#include "driver/LibraryListing.h"

#include "execution/model/LoadedModel.h"

namespace ninc {

namespace {

std::vector<VersionRow> versionsOf(const ninc_model &model) {
  std::vector<VersionRow> rows;
  for (std::int32_t i = 0; i < model.n_versions; ++i) {
    const ninc_version &version = model.versions[i];
    rows.push_back(
        {version.target, version.size, version.group, static_cast<std::size_t>(version.n_kernels)});
  }
  for (std::int32_t i = 0; model.devices && i < model.devices->n_halves; ++i) {
    const ninc_device_half &half = model.devices->halves[i];
    rows.push_back({half.target, half.size, model.batch, static_cast<std::size_t>(half.n_kernels)});
  }
  return rows;
}

} // namespace

Result<LibraryListing> listLibrary(const std::filesystem::path &library) {
  const Result<LoadedModel> loaded = LoadedModel::open(library, 1);
  if (!loaded) return tl::unexpected(loaded.error());
  Result<ElfSizes> elf = elfSizes(library);
  if (!elf) return tl::unexpected(elf.error());
  const ninc_model &model = loaded->descriptor();
  LibraryListing listing;
  listing.model = model.name;
  listing.compiler = model.compiler;
  listing.chosen = model.chosen_target();
  listing.leastBatch = model.least_batch;
  listing.batch = model.batch;
  for (std::int32_t size = 0; size < model.n_sizes; ++size)
    listing.sizes.push_back(signatureOf(model, {size, model.batch}));
  listing.versions = versionsOf(model);
  listing.weightsAreExternal = model.external_weights != nullptr;
  listing.weightBytes = listing.weightsAreExternal ? model.external_weight_bytes : model.weight_bytes;
  listing.scratchBytes = model.scratch_bytes;
  listing.scratchBytesPerThread = model.scratch_bytes_per_thread;
  listing.macs = model.macs;
  listing.elf = std::move(*elf);
  return listing;
}

} // namespace ninc
