#include "execution/model/Status.h"

#include <fmt/format.h>

#include "runtime/ninc_devices.h"

namespace ninc {

Error statusError(const ninc_model &model, int status, std::string_view what, std::string_view words) {
  const bool ofTheMachine = status == NINC_ERROR_CPU || status == NINC_ERROR_TARGET ||
                            status == NINC_ERROR_MEMORY ||
                            (status >= NINC_ERROR_NO_DEVICE_CODE && status <= NINC_ERROR_DEVICE);
  return {ofTheMachine ? ErrorKind::badInput : ErrorKind::internal,
          fmt::format("{}: {} (code {}){}{}", what, model.strerror(status), status, words.empty() ? "" : ": ",
                      words)};
}

} // namespace ninc
