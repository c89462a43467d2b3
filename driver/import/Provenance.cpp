#include "driver/import/Provenance.h"

#include <algorithm>
#include <unordered_set>

namespace ninc {

namespace {

class Search {
public:
  Search(const Graph &tidied, const Graph &written) : tidied_(tidied), written_(written) {
    for (Node node : tidied.nodes())
      for (std::size_t i = 0; i < tidied.resultCount(node); ++i)
        if (Value value = written.find(tidied.name({node, i}))) kept_.insert(value);
    std::size_t place = 0;
    for (Node node : written.topologicalOrder())
      order_.emplace(node, place++);
  }

  std::vector<Node> behind(Node node) const {
    std::vector<Node> found, open;
    std::unordered_set<Node> seen;
    const auto visit = [&](Node next) {
      if (seen.insert(next).second) open.push_back(next);
    };
    for (std::size_t i = 0; i < tidied_.resultCount(node); ++i)
      if (Value value = written_.find(tidied_.name({node, i}))) visit(value.node);
    while (!open.empty()) {
      found.push_back(open.back());
      open.pop_back();
      for (Value operand : written_.operands(found.back()))
        if (!kept_.contains(operand) && !written_.as<Input>(operand.node)) visit(operand.node);
    }
    std::ranges::sort(found, {}, [&](Node each) { return order_.at(each); });
    return found;
  }

private:
  const Graph &tidied_, &written_;
  std::unordered_set<Value> kept_;
  std::unordered_map<Node, std::size_t> order_;
};

} // namespace

std::unordered_map<Node, std::vector<Node>> provenanceOf(const Graph &tidied, const Graph &written) {
  const Search search(tidied, written);
  std::unordered_map<Node, std::vector<Node>> all;
  const std::vector<Node> order = tidied.topologicalOrder();
  for (auto node = order.rbegin(); node != order.rend(); ++node) { // readers first
    std::vector<Node> behind = search.behind(*node);
    if (behind.empty())
      for (const Use &use : tidied.uses(tidied.result(*node)))
        if (behind.empty()) behind = all[use.user];
    all[*node] = std::move(behind);
  }
  return all;
}

} // namespace ninc
