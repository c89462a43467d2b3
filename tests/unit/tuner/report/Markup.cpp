#include "tests/unit/tuner/report/Markup.h"

#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <vector>

#include "support/Utf8.h"

namespace ninc {

namespace {

class Checker {
public:
  explicit Checker(std::string_view page) : rest_(page) {}

  std::string error() {
    take("<!DOCTYPE html>\n");
    while (error_.empty() && !rest_.empty()) {
      if (take("</"))
        closingTag();
      else if (take("<"))
        openingTag();
      else
        character();
    }
    if (error_.empty() && !open_.empty()) fail(fmt::format("<{}> isn't closed", open_.back()));
    return error_;
  }

private:
  bool take(std::string_view expected) {
    if (!rest_.starts_with(expected)) return false;
    rest_.remove_prefix(expected.size());
    return true;
  }

  void fail(std::string reason) {
    if (error_.empty()) error_ = fmt::format("{} before '{}'", reason, rest_.substr(0, 60));
  }

  std::string_view name() {
    const auto isPart = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    };
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), isPart);
    const std::string_view found = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
    if (found.empty()) fail("no name");
    rest_.remove_prefix(found.size());
    return found;
  }

  void character() {
    if (rest_.front() == '&') return entity();
    if (open_.empty() && rest_.front() != '\n') return fail("text outside of the page");
    const auto first = static_cast<unsigned char>(rest_.front());
    const std::size_t length = utf8Length(rest_);
    if (length == 0 || (first < 0x20 && first != '\n' && first != '\t')) return fail("no character");
    rest_.remove_prefix(length);
  }

  void entity() {
    for (std::string_view known : {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"})
      if (take(known)) return;
    fail("an ampersand by itself");
  }

  void attribute(std::vector<std::string_view> &seen) {
    const std::string_view attributeName = name();
    if (std::find(seen.begin(), seen.end(), attributeName) != seen.end()) fail("an attribute twice");
    seen.push_back(attributeName);
    if (!take("=\"")) return fail("no quoted value");
    while (error_.empty() && !take("\"")) {
      if (rest_.empty() || rest_.front() == '<') return fail("a value that doesn't end");
      character();
    }
  }

  void openingTag() {
    if (open_.empty() && seenRoot_) return fail("a second root");
    seenRoot_ = true;
    const std::string_view element = name();
    std::vector<std::string_view> seen;
    open_.push_back(element);
    while (error_.empty() && take(" "))
      attribute(seen);
    if (take("/>"))
      open_.pop_back();
    else if (!take(">"))
      fail("no end of the tag");
  }

  void closingTag() {
    const std::string_view element = name();
    if (open_.empty() || open_.back() != element) return fail(fmt::format("</{}> closes nothing", element));
    open_.pop_back();
    if (!take(">")) fail("no end of the tag");
  }

  std::string_view rest_;
  std::vector<std::string_view> open_;
  bool seenRoot_ = false;
  std::string error_;
};

} // namespace

std::string markupError(std::string_view page) {
  return Checker(page).error();
}

} // namespace ninc
