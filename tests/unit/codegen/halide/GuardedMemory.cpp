#include "tests/unit/codegen/halide/GuardedMemory.h"

#include <algorithm>
#include <fmt/format.h>
#include <new>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>

namespace ninc {

namespace {

// On either side. A wrong index is often off by a row, a channel or an image, and address space costs
// nothing.
constexpr std::size_t guardBytes = 16 << 20;

std::size_t wholePages(std::size_t bytes) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return (bytes + page - 1) / page * page;
}

} // namespace

GuardedMemory::GuardedMemory(std::string name, const std::vector<std::byte> &contents, Edge edge)
    : name_(std::move(name)), bytes_(contents.size()) {
  const std::size_t pages = wholePages(bytes_);
  mapped_ = pages + 2 * guardBytes;
  void *mapping = mmap(nullptr, mapped_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapping == MAP_FAILED) throw std::bad_alloc();
  mapping_ = static_cast<std::byte *>(mapping);
  std::byte *usable = mapping_ + guardBytes;
  mprotect(usable, pages, PROT_READ | PROT_WRITE);
  data_ = edge == Edge::first ? usable : usable + (pages - bytes_);
  std::ranges::copy(contents, data_);
}

GuardedMemory::GuardedMemory(GuardedMemory &&other) noexcept
    : name_(std::move(other.name_)), mapping_(std::exchange(other.mapping_, nullptr)), data_(other.data_),
      mapped_(other.mapped_), bytes_(other.bytes_) {}

GuardedMemory::~GuardedMemory() {
  if (mapping_) munmap(mapping_, mapped_);
}

bool GuardedMemory::covers(const void *address) const {
  const auto *at = static_cast<const std::byte *>(address);
  return at >= mapping_ && at < mapping_ + mapped_;
}

bool GuardedMemory::liftGuards() const {
  return mprotect(mapping_, mapped_, PROT_READ | PROT_WRITE) == 0;
}

std::string GuardedMemory::place(const void *address) const {
  const auto *at = static_cast<const std::byte *>(address);
  if (at < data_) return fmt::format("{} bytes before {}", data_ - at, name_);
  return fmt::format("byte {} of {}, which has {}", at - data_, name_, bytes_);
}

std::atomic<GuardWatch *> GuardWatch::active = nullptr;

GuardWatch::GuardWatch(const std::vector<GuardedMemory> &memory) : memory_(memory) {
  active = this;
  struct sigaction action = {};
  action.sa_sigaction = onFault;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGSEGV, &action, &before_);
}

GuardWatch::~GuardWatch() {
  sigaction(SIGSEGV, &before_, nullptr);
  active = nullptr;
}

void GuardWatch::onFault(int signal, siginfo_t *info, void *) {
  GuardWatch *watch = active;
  for (const GuardedMemory &memory : watch->memory_)
    if (memory.covers(info->si_addr) && memory.liftGuards()) {
      const void *none = nullptr;
      watch->first_.compare_exchange_strong(none, info->si_addr);
      return;
    }
  sigaction(signal, &watch->before_, nullptr); // none of ours: it happens again, and is dealt with as ever
}

std::optional<std::string> GuardWatch::touched() const {
  for (const GuardedMemory &memory : memory_)
    if (memory.covers(first_)) return memory.place(first_);
  return std::nullopt;
}

} // namespace ninc
