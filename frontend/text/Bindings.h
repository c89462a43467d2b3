// The names of a text, and what each stands for by now.
//
// Names are collected before anything is parsed, so that a name read too early is told apart from one that
// doesn't exist. A name stands for nothing until its line is reached, then for a value; or it is poisoned, if
// that line was wrong: what reads a poisoned name is poisoned too, without a word.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "frontend/text/Advice.h"
#include "frontend/text/Statements.h"
#include "ir/Graph.h"
#include "support/Diagnostics.h"

namespace ninc::text {

// Names point into the text. `NAME , NAME =` is how a statement lists them, so every other token is a name.
class Bindings {
public:
  // Both outlive the bindings.
  Bindings(Advice &advice, Diagnostics &diagnostics) : advice_(advice), diagnostics_(diagnostics) {}

  // The first definition of a name counts.
  void collect(Statement names);

  // Whether the names are fit and defined here for the first time; what is wrong is reported.
  bool check(Statement names);

  // The names stand for the node's results from now on.
  void bind(Statement names, Node node);
  // They never will. A second definition leaves the first one alone.
  void poison(Statement names);

  // The value of that name. None if there is none, which is reported, or if it is poisoned, which isn't.
  std::optional<Value> lookUp(const Token &name);

  // Whether a line of the text defines that name, wherever it stands.
  bool has(std::string_view name) const { return bindings_.contains(name); }

  // "relu_1": a name that neither a line of the text nor the graph has.
  std::string madeUpName(const Op &op);

  // Where the name is defined; nowhere for one that was made up.
  SourceRange definition(std::string_view name) const;

private:
  enum class Standing { later, poisoned, bound };
  struct Binding {
    Standing standing = Standing::later;
    SourceRange where; // of the definition
    Value value;       // once bound
  };

  void reportUnknown(const Token &name);

  Advice &advice_;
  Diagnostics &diagnostics_;
  std::unordered_map<std::string_view, Binding> bindings_;
  std::unordered_map<std::string_view, std::size_t> madeUp_; // by the op's spelling, how many there are
};

} // namespace ninc::text
