#include "support/Diagnostics.h"

namespace ninc {

void Diagnostics::error(SourceRange where, std::string message, std::string help) {
  all_.push_back({Severity::error, where, std::move(message), std::move(help), {}});
  ++errors_;
}

void Diagnostics::warning(SourceRange where, std::string message, std::string help) {
  all_.push_back({Severity::warning, where, std::move(message), std::move(help), {}});
}

void Diagnostics::remark(std::string pass, SourceRange where, std::string message) {
  all_.push_back({Severity::remark, where, std::move(message), {}, std::move(pass)});
}

} // namespace ninc
