#include "codegen/halide/cpu/Prefetch.h"

#include <map>
#include <vector>

namespace ninc {

using namespace Halide;
using namespace Halide::Internal;

namespace {

constexpr int floatsOfLine = 64 / sizeof(float);

// The vectors that a loop body reads from the buffers: their first elements, as far as they can be named at
// the body's beginning.
class StreamReads : public IRVisitor {
public:
  explicit StreamReads(const std::set<std::string> &buffers) : buffers_(buffers) {}
  std::map<std::string, std::vector<Expr>> reads;
  bool innermost = true;

private:
  using IRVisitor::visit;
  void visit(const For *) override { innermost = false; }
  void visit(const Let *) override {}                         // what is read inside may depend on it
  void visit(const LetStmt *) override { innermost = false; } // nor is this the end of the names
  void visit(const Load *load) override {
    IRVisitor::visit(load);
    if (buffers_.count(load->name) == 0) return;
    if (const auto *ramp = load->index.as<Ramp>(); ramp && is_const_one(ramp->stride))
      reads[load->name].push_back(ramp->base);
  }
  const std::set<std::string> &buffers_;
};

class AddRequests : public IRMutator {
public:
  AddRequests(std::set<std::string> buffers, int bytes)
      : buffers_(std::move(buffers)), distance_(bytes / static_cast<int>(sizeof(float))) {}

private:
  using IRMutator::visit;
  Stmt visit(const For *loop) override {
    Stmt body = withRequests(loop->body);
    if (!body.defined()) return IRMutator::visit(loop);
    return For::make(loop->name, loop->min, loop->extent, loop->for_type, loop->partition_policy,
                     loop->device_api, body);
  }

  // An innermost loop's body with requests in front of it, behind the names that it gives; undefined for
  // another loop's body and for one that reads no stream.
  Stmt withRequests(const Stmt &body) const {
    if (const auto *let = body.as<LetStmt>()) {
      Stmt rest = withRequests(let->body);
      return rest.defined() ? LetStmt::make(let->name, let->value, rest) : Stmt();
    }
    StreamReads found(buffers_);
    body.accept(&found);
    std::vector<Stmt> statements;
    for (const auto &[name, bases] : found.reads)
      for (const Expr &line : linesOf(bases))
        statements.push_back(Evaluate::make(
            Call::make(Float(32), Call::prefetch, {Variable::make(Handle(), name), line + distance_, 1, 1},
                       Call::Intrinsic)));
    if (!found.innermost || statements.empty()) return {};
    statements.push_back(body);
    return Block::make(statements);
  }

  // One address a cache line: vectors are shorter than lines on some targets, and a body reads some twice.
  static std::vector<Expr> linesOf(const std::vector<Expr> &bases) {
    std::map<std::int64_t, Expr> lines;
    for (const Expr &base : bases)
      if (const auto apart = as_const_int(simplify(base - bases.front())))
        lines.emplace(*apart / floatsOfLine, base);
    std::vector<Expr> addresses;
    for (const auto &[line, base] : lines)
      addresses.push_back(base);
    return addresses;
  }

  std::set<std::string> buffers_;
  int distance_; // floats
};

} // namespace

void prefetchStreams(Pipeline &pipeline, std::set<std::string> buffers, int bytes) {
  if (!buffers.empty() && bytes > 0)
    pipeline.add_custom_lowering_pass(new AddRequests(std::move(buffers), bytes));
}

} // namespace ninc
