#include "codegen/halide/code/Ptx.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <optional>

#include "support/Arithmetic.h"

namespace ninc {

namespace {

// "%rd1" -> "%rd1+1024", "%rd1+-768" -> "%rd1+256", "16" -> "1040".
std::optional<std::string> moved(std::string_view address) {
  const std::size_t plus = address.find('+');
  const bool isRegister = address.starts_with('%');
  std::string_view digits = isRegister ? std::string_view() : address;
  if (isRegister && plus != std::string_view::npos) digits = address.substr(plus + 1);
  long offset = 0;
  if (!digits.empty()) {
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), offset);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  } else if (!isRegister) {
    return std::nullopt;
  }
  offset += reservedSharedBytes;
  return isRegister ? fmt::format("{}+{}", address.substr(0, plus), offset) : fmt::format("{}", offset);
}

std::optional<std::string> movedInstruction(std::string_view line) {
  const std::size_t open = line.find('['), close = line.find(']');
  const bool known =
      line.find("ld.shared.") != std::string_view::npos || line.find("st.shared.") != std::string_view::npos;
  if (!known || open == std::string_view::npos || close == std::string_view::npos || close < open)
    return std::nullopt;
  const std::optional<std::string> address = moved(line.substr(open + 1, close - open - 1));
  if (!address) return std::nullopt;
  return fmt::format("{}{}{}", line.substr(0, open + 1), *address, line.substr(close));
}

// Registers are given to 32 threads at a time, in steps of 8 a thread.
std::int64_t registersFor(const Launch &launch) {
  constexpr std::int64_t registersOfUnit = 64 << 10, warp = 32, step = 8, most = 255;
  const auto [x, y, z] = launch.threads;
  const std::int64_t threads = roundUp(std::int64_t{x} * y * z, warp);
  return std::min(registersOfUnit / threads / step * step, most);
}

} // namespace

Result<std::string> skipReservedSharedMemory(std::string_view ptx) {
  std::string result;
  result.reserve(ptx.size() + ptx.size() / 16);
  while (!ptx.empty()) {
    const std::size_t end = std::min(ptx.find('\n'), ptx.size() - 1) + 1;
    const std::string_view line = ptx.substr(0, end);
    ptx.remove_prefix(end);
    if (line.find(".shared") == std::string_view::npos) {
      result += line;
      continue;
    }
    const std::optional<std::string> instruction = movedInstruction(line);
    if (!instruction) return failInternal(fmt::format("shared memory is used in an unknown way: {}", line));
    result += *instruction;
  }
  return result;
}

Result<std::string> limitRegisters(std::string ptx, const std::vector<Launch> &launches) {
  for (const Launch &launch : launches) {
    const std::size_t entry = ptx.find(fmt::format(".entry {}(", launch.entry));
    const std::size_t body = ptx.find('{', entry);
    if (entry == std::string::npos || body == std::string::npos)
      return failInternal(fmt::format("there is no entry {} in the PTX", launch.entry));
    ptx.insert(body, fmt::format(".maxnreg {}\n", registersFor(launch)));
  }
  return ptx;
}

} // namespace ninc
