// Owns a file descriptor. Movable.
#pragma once

#include <cerrno>
#include <unistd.h>
#include <utility>

namespace ninc {

class Descriptor {
public:
  // Negative: none, as open(2) answers when it fails.
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor &&other) noexcept : number_(other.release()) {}
  Descriptor &operator=(Descriptor &&other) noexcept {
    std::swap(number_, other.number_); // what was ours goes with `other`
    return *this;
  }
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }

  int number() const { return number_; }
  bool open() const { return number_ >= 0; }
  int release() { return std::exchange(number_, -1); }
  // 0 or the error's number: what the system says so late (a quota over NFS).
  int close() { return ::close(release()) == 0 || errno == EINTR ? 0 : errno; }

private:
  int number_;
};

} // namespace ninc
