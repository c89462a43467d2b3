/* What a team promises to the children of a process (ninc_model.h: fork). Each check that fails says so, and
 * the exit status counts them. A child that hangs is ended by its alarm. */
#define _GNU_SOURCE
#include "check.h"
#include "runtime/cpu/runtime.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* What sanitizers can't follow is left to the plain build: threads that a child makes, a bare clone. */
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
enum { with_sanitizer = 1 };
#else
enum { with_sanitizer = 0 };
#endif

enum { count = 300, seconds_at_most = 60 };

static int note(void *closure, int32_t index) {
  ++((int *)closure)[index];
  return 0;
}

static int loop_is_right(ninc_executor *team) {
  int calls[count] = {0};
  if (team->parallel_for(team->self, note, calls, count) != 0) return 0;
  for (int i = 0; i < count; ++i)
    if (calls[i] != 1) return 0;
  return 1;
}

/* In the child: 0 if all is as it should be. */
typedef int (*childs_part)(ninc_executor *team);

static int wait_for(pid_t child) {
  int status = -1;
  return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int in_a_child(childs_part part, ninc_executor *team) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(seconds_at_most);
    _exit(part(team));
  }
  return wait_for(child);
}

static int destroy(ninc_executor *team) {
  ninc_team_destroy(team);
  return 0;
}

static int run_often_then_destroy(ninc_executor *team) {
  for (int i = 0; i < 50; ++i)
    if (!loop_is_right(team)) return 1;
  ninc_team_destroy(team);
  return 0;
}

static int make_a_team_of_its_own(ninc_executor *team) {
  if (with_sanitizer) return destroy(team);
  ninc_executor *own = ninc_team_create(3, NULL);
  const int right = own && loop_is_right(own) && loop_is_right(team);
  ninc_team_destroy(team);
  const int still = right && loop_is_right(own);
  ninc_team_destroy(own);
  return !still;
}

static int leave_it_to_a_grandchild(ninc_executor *team) {
  if (in_a_child(run_often_then_destroy, team) != 0) return 1;
  return run_often_then_destroy(team);
}

static int end_own_team_in_a_grandchild_too(ninc_executor *team) {
  if (with_sanitizer) return destroy(team);
  ninc_executor *own = ninc_team_create(2, NULL);
  const int ended = in_a_child(run_often_then_destroy, own);
  const int right = loop_is_right(own);
  ninc_team_destroy(own);
  ninc_team_destroy(team);
  return ended || !right;
}

static ninc_executor *of_the_exit_handler;

static void destroy_at_exit(void) {
  ninc_team_destroy(of_the_exit_handler);
}

static int leave_by_exit(ninc_executor *team) {
  of_the_exit_handler = team;
  if (atexit(destroy_at_exit) != 0) return 1;
  exit(0);
}

static const childs_part parts[] = {destroy,
                                    run_often_then_destroy,
                                    make_a_team_of_its_own,
                                    end_own_team_in_a_grandchild_too,
                                    leave_it_to_a_grandchild,
                                    leave_by_exit};
enum { n_parts = sizeof parts / sizeof *parts };

static void children_use_and_end_an_inherited_team(void) {
  const int32_t sizes[] = {1, 2, 5};
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; ++s) {
    ninc_executor *team = ninc_team_create(sizes[s], NULL);
    for (int p = 0; p < n_parts; ++p) {
      CHECK(in_a_child(parts[p], team) == 0);
      CHECK(loop_is_right(team)); /* the parent's is as it was */
    }
    ninc_team_destroy(team);
  }
}

static _Atomic int stop, loops;

static void *use_team_until_told(void *team) {
  while (!atomic_load(&stop)) {
    CHECK(loop_is_right(team));
    atomic_fetch_add(&loops, 1);
  }
  return NULL;
}

/* The copy is taken at any moment of another thread's loop. */
static void children_are_made_while_the_team_runs(void) {
  ninc_executor *team = ninc_team_create(3, NULL);
  pthread_t other;
  atomic_store(&stop, 0);
  CHECK(pthread_create(&other, NULL, use_team_until_told, team) == 0);
  for (int i = 0; i < 3 * n_parts; ++i) {
    const int before = atomic_load(&loops);
    CHECK(in_a_child(parts[i % n_parts], team) == 0);
    while (atomic_load(&loops) == before)
      sched_yield();
  }
  atomic_store(&stop, 1);
  pthread_join(other, NULL);
  CHECK(loop_is_right(team));
  ninc_team_destroy(team);
}

/* The threads that ended the loop have gone to sleep: the copy counts sleepers that it doesn't have. */
static void children_are_made_while_the_team_sleeps(void) {
  ninc_executor *team = ninc_team_create(4, NULL);
  CHECK(loop_is_right(team));
  usleep(20000);
  for (int p = 0; p < n_parts; ++p)
    CHECK(in_a_child(parts[p], team) == 0);
  ninc_team_destroy(team);
}

/* Of several teams some are ended in the child, some in the parent, some in both. */
static void teams_end_on_either_side(void) {
  ninc_executor *teams[6];
  for (int i = 0; i < 6; ++i)
    teams[i] = ninc_team_create(2 + i % 2, NULL);
  const pid_t child = fork();
  if (child == 0) {
    alarm(seconds_at_most);
    for (int i = 0; i < 6; i += 2)
      ninc_team_destroy(teams[i]);
    int right = 1;
    for (int i = 1; i < 6; i += 2)
      right = right && loop_is_right(teams[i]);
    _exit(!right);
  }
  for (int i = 0; i < 6; ++i)
    ninc_team_destroy(teams[i]);
  CHECK(wait_for(child) == 0);
}

/* A child whose process number is its parent's: both are number 1 of a namespace. Where namespaces may not be
 * made there is nothing to see. */
static int be_number_one(ninc_executor *team) {
  (void)team;
  ninc_executor *own = ninc_team_create(3, NULL);
  const long child = syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, NULL, NULL, NULL, 0L);
  if (child == 0) {
    alarm(seconds_at_most);
    _exit(getpid() != 1 || run_often_then_destroy(own));
  }
  if (child > 0 && wait_for((pid_t)child) != 0) return 1;
  const int right = loop_is_right(own);
  ninc_team_destroy(own);
  return !right;
}

static void a_process_number_may_come_again(void) {
  if (with_sanitizer) return;
  const long child = syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, NULL, NULL, NULL, 0L);
  if (child == -1) return;
  if (child == 0) {
    alarm(seconds_at_most);
    _exit(be_number_one(NULL));
  }
  CHECK(wait_for((pid_t)child) == 0);
}

int main(void) {
  children_use_and_end_an_inherited_team();
  children_are_made_while_the_team_runs();
  children_are_made_while_the_team_sleeps();
  teams_end_on_either_side();
  a_process_number_may_come_again();
  if (failures == 0) puts("fork: all as promised");
  return failures;
}
