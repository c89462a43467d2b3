// What the macros of a model's header are called: M_BATCH, M_T_ELEMENTS and so on. No two models have a macro
// in common, and no two tensors of a model, by how the names are put together:
//
//   M   the model's name: in capitals if it is in small letters, in small letters if it is in capitals, as it
//       is if it has both. (net is NET, NET is net, Net is Net.)
//   T   the tensor's name in capitals; as it is if tensors of the model differ in case alone (x and X).
//       Behind a T of several words the number of its words is written: top_left is TOP_LEFT_2. So it is
//       behind the word that a model's own macros have in this place, SCRATCH_1.
//   at the end a word of the interface: ELEMENTS, BYTES, BATCH ...
//
// Read from its end, a macro tells where T begins: a word that begins with a digit can't be a name, so it is
// a number of words; without one, T is one word. (a with a tensor b_x has A_B_X_2_BYTES, a_b with x has
// A_B_X_BYTES.) M then tells the model, since no two names become one M. A macro ends in capitals and a
// function (M_run) in small letters, so they aren't mistaken for one another either.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ninc {

// M
std::string modelMacro(std::string_view model);

// T of each of a model's tensors, whose names differ.
std::vector<std::string> tensorMacros(const std::vector<std::string> &tensors);

} // namespace ninc
