// Memory for kernels that a test suspects: before its first byte and behind its last one lie pages that
// nobody may touch. What touches them all the same is let go on, so that the test can say which memory it was
// and which byte, instead of ending with a signal.
#pragma once

#include <atomic>
#include <csignal>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace ninc {

// Pages are larger than most operands, so only one end of the memory is at a page's edge.
enum class Edge { first, last };

class GuardedMemory {
public:
  // A copy of the contents. With its end at the edge it is aligned as well as its size is, no better.
  GuardedMemory(std::string name, const std::vector<std::byte> &contents, Edge edge);
  GuardedMemory(GuardedMemory &&other) noexcept;
  GuardedMemory &operator=(GuardedMemory &&) = delete;
  ~GuardedMemory();

  std::byte *data() const { return data_; }
  std::size_t size() const { return bytes_; }

  bool covers(const void *address) const; // guards and what is between them
  // "4 bytes before input 0": where an address lies that covers() it.
  std::string place(const void *address) const;
  bool liftGuards() const; // whether it could; for a signal handler

private:
  std::string name_;
  std::byte *mapping_ = nullptr, *data_ = nullptr;
  std::size_t mapped_ = 0, bytes_ = 0;
};

// While it lives, whatever first touches a guard of these, in any thread, is remembered. One at a time.
class GuardWatch {
public:
  explicit GuardWatch(const std::vector<GuardedMemory> &memory);
  GuardWatch(const GuardWatch &) = delete;
  GuardWatch &operator=(const GuardWatch &) = delete;
  ~GuardWatch();

  std::optional<std::string> touched() const;

private:
  static void onFault(int signal, siginfo_t *info, void *);

  static std::atomic<GuardWatch *> active; // a signal handler is given nothing else
  const std::vector<GuardedMemory> &memory_;
  std::atomic<const void *> first_ = nullptr;
  struct sigaction before_ = {};
};

} // namespace ninc
