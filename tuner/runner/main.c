/* ninc-runner JOB...: README.md says what it is for and what a job looks like.
 *
 * Each job is measured by a child with limits of its own, because what it runs may do anything. The parent
 * touches no candidate: it reads the job, waits for the child's results or its end, whichever comes, and
 * writes the line. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tuner/runner/cpu_model.h"
#include "tuner/runner/measure.h"
#include "tuner/runner/report.h"

/* Bytes from a child, as far as they have come. */
struct message {
  unsigned char *bytes;
  size_t length, capacity;
};

enum { LONGEST_MESSAGE = 1 << 28 };

static double now_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* --- the child --- */

static void set_limit(int resource, rlim_t most) {
  const struct rlimit limit = {most, most};
  setrlimit(resource, &limit);
}

/* A candidate that writes to a file descriptor shall not write into our output. */
static void silence(void) {
  const int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (nowhere < 0) return;
  for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor)
    dup2(nowhere, descriptor);
}

_Noreturn static void be_child(const struct job *job, pid_t parent, struct progress *progress, int pipe,
                               struct results *results) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1); /* which ended before we asked to be told */
  silence();
  set_limit(RLIMIT_CORE, 0);
  if (job->limit_bytes > 0) set_limit(RLIMIT_AS, job->limit_bytes);
  measure(job, progress, results);
  _exit(results_send(pipe, results) ? 0 : 1);
}

/* --- the parent --- */

/* Takes what the pipe has; false at its end, or if there is no room. */
static bool receive(int pipe, struct message *message) {
  if (message->length == message->capacity) {
    const size_t larger = message->capacity > 0 ? message->capacity * 2 : 1 << 16;
    unsigned char *bytes = larger <= LONGEST_MESSAGE ? realloc(message->bytes, larger) : NULL;
    if (!bytes) return false;
    message->bytes = bytes;
    message->capacity = larger;
  }
  const ssize_t got = read(pipe, message->bytes + message->length, message->capacity - message->length);
  if (got < 0) return errno == EINTR;
  message->length += (size_t)got;
  return got > 0;
}

/* Whether the pipe ended before the deadline. */
static bool receive_all(int pipe, double deadline, struct message *message) {
  for (;;) {
    const double left = deadline - now_seconds();
    if (left <= 0) return false;
    struct pollfd wanted = {.fd = pipe, .events = POLLIN};
    if (poll(&wanted, 1, left < 1000 ? (int)(left * 1000) + 1 : 1000000) > 0 && !receive(pipe, message))
      return true;
  }
}

/* Whether the child ended before the deadline. It isn't reaped yet, so its number can't be another's. */
static bool await_end(pid_t child, double deadline) {
  for (;;) {
    siginfo_t info = {0};
    if (waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == child)
      return true;
    if (now_seconds() >= deadline) return false;
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
  }
}

/* What became of a child that left no results. `in_time` is false if it was ended by us. */
static void judge(const struct job *job, int status, bool in_time, struct verdict *verdict) {
  if (!in_time)
    refuse(verdict, OUTCOME_HUNG, "not finished after %g s", job->limit_seconds);
  else if (!WIFSIGNALED(status))
    refuse(verdict, OUTCOME_CRASHED, "it ended the process, with exit code %d", WEXITSTATUS(status));
  else if (WTERMSIG(status) == SIGKILL) /* nobody but the kernel, short of memory, has reason to */
    refuse(verdict, OUTCOME_MEMORY,
           "signal 9 (Killed), which is how the system ends what takes too much memory");
  else
    refuse(verdict, OUTCOME_CRASHED, "signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
}

static void conclude(const struct job *job, const struct progress *progress, const struct message *message,
                     int status, bool in_time, struct results *results) {
  if (!results_read(message->bytes, message->length, results)) {
    results_free(results);
    results->n_checked = results->rounds = 0;
    const int32_t candidate = atomic_load(&progress->candidate);
    results->verdict.candidate = candidate >= 0 && candidate < job->n_candidates ? candidate : -1;
    judge(job, status, in_time, &results->verdict);
  }
  const uint64_t bytes = atomic_load(&progress->malloc_failed_bytes);
  if (bytes > 0 && results->verdict.outcome != OUTCOME_OK)
    refuse(&results->verdict, OUTCOME_MEMORY, "there was no room for %llu bytes that it asked for",
           (unsigned long long)bytes);
}

static bool run_child(const struct job *job, struct progress *progress, struct message *message,
                      struct results *results) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return refuse_errno(&results->verdict, errno, "no pipe");
  const pid_t self = getpid();
  const double deadline = now_seconds() + job->limit_seconds;
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    be_child(job, self, progress, ends[1], results);
  }
  close(ends[1]);
  if (child < 0) {
    close(ends[0]);
    return refuse_errno(&results->verdict, errno, "no process");
  }
  setpgid(child, child); /* here too: whoever comes first */
  const bool in_time = receive_all(ends[0], deadline, message) && await_end(child, deadline);
  close(ends[0]);
  kill(-child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR)
    ;
  conclude(job, progress, message, status, in_time, results);
  return true;
}

static void run_job(const char *path, const char *cpu, struct progress *progress) {
  struct results results = {.verdict = {.candidate = -1}};
  struct message message = {0};
  struct job job;
  if (job_read(path, &job, &results.verdict)) {
    results.n_candidates = job.n_candidates;
    results.n_outputs = job.expectations.count;
    atomic_store(&progress->candidate, -1);
    atomic_store(&progress->malloc_failed_bytes, 0);
    run_child(&job, progress, &message, &results);
  }
  report(stdout, job.label ? job.label : "", cpu, &results);
  fflush(stdout);
  results_free(&results);
  free(message.bytes);
  job_free(&job);
}

int main(int argc, char **argv) {
  if (argc < 2 || argv[1][0] == '-') {
    fputs("Usage: ninc-runner JOB...\nTimes compiled candidates and writes a line of JSON for each job.\n",
          stderr);
    return 2;
  }
  signal(SIGCHLD, SIG_DFL); /* a parent that ignores it would have our children vanish unseen */
  char cpu[64];
  ninc_cpu_model(cpu, sizeof cpu);
  void *shared =
      mmap(NULL, sizeof(struct progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) {
    perror("ninc-runner");
    return 1;
  }
  for (int i = 1; i < argc; ++i)
    run_job(argv[i], cpu, shared);
  return ferror(stdout) ? 1 : 0;
}
