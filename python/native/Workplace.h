// What one run of a model needs besides its arrays.
#pragma once

#include <cstdlib>
#include <memory>
#include <unistd.h>

#include "python/native/Failure.h"
#include "runtime/ninc_model.h"

namespace ninc {

// Scratch, and a team where there is more than one thread. A team's threads stay behind in a fork's parent,
// so a child should make another workplace (isHere).
class Workplace {
public:
  Workplace(const ninc_model &model, int threads) : team_(nullptr, model.team_destroy), process_(getpid()) {
    const auto alignment = static_cast<std::size_t>(model.scratch_alignment);
    const auto bytes =
        static_cast<std::size_t>(model.scratch_bytes + threads * model.scratch_bytes_per_thread);
    scratch_.reset(std::aligned_alloc(alignment, (bytes / alignment + 1) * alignment));
    if (!scratch_) throw std::bad_alloc();
    int status = NINC_OK;
    if (threads > 1) team_.reset(model.team_create(threads, &status));
    if (status != NINC_OK) throw Failure{model.strerror(status)};
  }

  bool isHere() const { return process_ == getpid(); }
  void *scratch() const { return scratch_.get(); }
  const ninc_executor *team() const { return team_.get(); }

private:
  struct FreeMemory {
    void operator()(void *memory) const { std::free(memory); }
  };
  std::unique_ptr<void, FreeMemory> scratch_;
  std::unique_ptr<ninc_executor, void (*)(ninc_executor *)> team_;
  pid_t process_;
};

} // namespace ninc
