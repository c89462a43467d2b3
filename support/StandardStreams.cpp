#include "support/StandardStreams.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>

namespace ninc {

namespace {

// The streams are the process's, and so is what went wrong on them. Commands answer in one thread.
int firstError = 0;

void noteError() {
  if (firstError == 0) firstError = errno != 0 ? errno : EIO;
}

// The lowest free descriptor is `number`, since those below it are taken.
void occupy(int number) {
  if (fcntl(number, F_GETFD) >= 0 || errno != EBADF) return;
  // The wrong way round for stdin and stdout, as gnulib's stdopen does it.
  const int mode = number == STDOUT_FILENO ? O_RDONLY : O_WRONLY;
  // Where there is no /dev, a folder that can't be read or written as a file.
  if (open("/dev/null", mode) < 0) open("/", O_RDONLY | O_DIRECTORY); // NOLINT: stays open
}

} // namespace

void guardStandardStreams() {
  for (const int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    occupy(number);
  for (const int signal : {SIGPIPE, SIGXFSZ})
    std::signal(signal, SIG_IGN);
}

void restoreWriteSignals() {
  for (const int signal : {SIGPIPE, SIGXFSZ})
    std::signal(signal, SIG_DFL);
}

void sayText(std::string_view text) noexcept {
  std::fwrite(text.data(), 1, text.size(), stderr);
}

void answerText(std::string_view text) noexcept {
  errno = 0;
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) noteError();
}

std::optional<int> answersLost() {
  errno = 0;
  if (std::fflush(stdout) != 0) noteError();
  if (firstError == 0 && std::ferror(stdout) != 0) firstError = EIO; // somebody else's write
  return firstError == 0 ? std::nullopt : std::optional(firstError);
}

} // namespace ninc
