#include "ir/ModelName.h"

#include <algorithm>
#include <fmt/format.h>
#include <string>
#include <vector>

#include "ir/Names.h"

namespace ninc {

namespace {

// Functions of the systems' libraries (C, POSIX and its options, GNU, musl, Sun RPC) that end as a model's
// do. A test looks for others in the libraries of the machine it runs on.
constexpr std::string_view systemFunctions[] = {"argz_create",
                                                "authdes_create",
                                                "authdes_pk_create",
                                                "authgss_create",
                                                "authnone_create",
                                                "authsys_create",
                                                "authunix_create",
                                                "clnt_create",
                                                "clnt_dg_create",
                                                "clnt_raw_create",
                                                "clnt_tli_create",
                                                "clnt_tp_create",
                                                "clnt_vc_create",
                                                "clntraw_create",
                                                "clnttcp_create",
                                                "clntudp_create",
                                                "clntunix_create",
                                                "cnd_destroy",
                                                "cnd_wait",
                                                "epoll_create",
                                                "epoll_wait",
                                                "gai_strerror",
                                                "memfd_create",
                                                "mtx_destroy",
                                                "posix_spawn_file_actions_destroy",
                                                "posix_spawnattr_destroy",
                                                "posix_trace_attr_destroy",
                                                "posix_trace_create",
                                                "pthread_attr_destroy",
                                                "pthread_barrier_destroy",
                                                "pthread_barrier_wait",
                                                "pthread_barrierattr_destroy",
                                                "pthread_cond_destroy",
                                                "pthread_cond_wait",
                                                "pthread_condattr_destroy",
                                                "pthread_create",
                                                "pthread_key_create",
                                                "pthread_mutex_destroy",
                                                "pthread_mutexattr_destroy",
                                                "pthread_rwlock_destroy",
                                                "pthread_rwlockattr_destroy",
                                                "pthread_spin_destroy",
                                                "sem_destroy",
                                                "sem_wait",
                                                "svc_create",
                                                "svc_dg_create",
                                                "svc_fd_create",
                                                "svc_raw_create",
                                                "svc_run",
                                                "svc_tli_create",
                                                "svc_tp_create",
                                                "svc_vc_create",
                                                "svcfd_create",
                                                "svcraw_create",
                                                "svctcp_create",
                                                "svcudp_create",
                                                "svcunix_create",
                                                "svcunixfd_create",
                                                "thrd_create",
                                                "timer_create",
                                                "timerfd_create",
                                                "tss_create",
                                                "xdrmem_create",
                                                "xdrrec_create",
                                                "xdrstdio_create"};
static_assert(std::ranges::is_sorted(systemFunctions));

std::vector<std::string_view> allFunctions() {
  std::vector<std::string_view> functions(modelFunctions.begin(), modelFunctions.end());
  functions.insert(functions.end(), modelDeviceFunctions.begin(), modelDeviceFunctions.end());
  return functions;
}

std::string lower(std::string_view text) {
  std::string lowered(text);
  std::ranges::transform(lowered, lowered.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return lowered;
}

Result<void> refuse(std::string_view name, std::string_view why) {
  return fail(fmt::format("a model can't be called '{}': {}", name, why));
}

// The function of a model `name` that a model of a shorter name has too: a_team's create is a's team_create.
Result<void> checkAgainstOtherModels(std::string_view name) {
  for (const std::string_view longer : allFunctions())
    for (const std::string_view shorter : allFunctions()) {
      const std::string end = fmt::format("_{}", shorter);
      if (!longer.ends_with(end)) continue;
      const std::string_view middle = longer.substr(0, longer.size() - end.size()); // "team"
      if (!name.ends_with(fmt::format("_{}", middle))) continue;
      const std::string_view other = name.substr(0, name.size() - middle.size() - 1);
      if (!other.empty())
        return refuse(name,
                      fmt::format("'{}_{}' is a function of a model called '{}'", other, longer, other));
    }
  return {};
}

} // namespace

Result<void> checkModelName(std::string_view name) {
  if (Result<void> fits = checkName(name); !fits) return fits;
  if (name.starts_with('_')) return refuse(name, "C keeps names that begin with '_' for itself");
  const std::string lowered = lower(name);
  if (lowered == "ninc" || lowered.starts_with("ninc_"))
    return refuse(name, "'ninc' and what begins with 'ninc_' are names of the C interface");
  for (const std::string_view function : allFunctions()) {
    const std::string symbol = fmt::format("{}_{}", name, function);
    if (std::ranges::binary_search(systemFunctions, symbol))
      return refuse(name, fmt::format("'{}' is a function of the system's libraries", symbol));
  }
  return checkAgainstOtherModels(name);
}

} // namespace ninc
