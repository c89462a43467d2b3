// The attributes of an op as data. An op lists them beside its fields:
//
//   struct Lrn {
//     std::int64_t size = 5;
//     float alpha = 1e-4f;
//     ...
//     static constexpr auto attributes =
//         std::tuple{attribute::Named{"size", &Lrn::size, 1}, attribute::Named{"alpha", &Lrn::alpha}, ...};
//   };
//
// and everybody who handles attributes walks that list: they are printed in its order (AttributeText.cpp),
// read back (frontend/text/OpSyntax.cpp), and their words can be no names (ir/Names.cpp). What has another
// text form than these is written by hand in the first two, as conv2d and mlpconv are.
//
// Whether a value makes sense is the type rule's to say; a reader checks no more than what is said here.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace ninc::attribute {

// A number behind its word: "axis 1", "epsilon 1e-05". Always printed; may be left out. T is float or
// int64_t; a whole number is at least `least`.
template <class Struct, class T>
struct Named {
  std::string_view word;
  T Struct::*member;
  std::int64_t least = 0;
};
template <class Struct, class T>
Named(std::string_view, T Struct::*, std::int64_t = 0) -> Named<Struct, T>;

// A float that stands first, without a word: dropout's "0.5". Always printed; may be left out. `name` is what
// messages call it.
template <class Struct>
struct Leading {
  std::string_view name;
  float Struct::*member;
};
template <class Struct>
Leading(std::string_view, float Struct::*) -> Leading<Struct>;

// A word that stands there if, and only if, the member has the value `set`: "ceil".
template <class Struct, class T>
struct Flag {
  std::string_view word;
  T Struct::*member;
  T set;
};
template <class Struct, class T>
Flag(std::string_view, T Struct::*, T) -> Flag<Struct, T>;

// "3x3 stride 2 pad 1 dilation 2", where the kernel mustn't be left out.
template <class Struct, class Window>
struct Sliding {
  Window Struct::*member;
};
template <class Struct, class Window>
Sliding(Window Struct::*) -> Sliding<Struct, Window>;

// "-> 10": how many outputs there are; mustn't be left out. `what` is what messages call them.
template <class Struct>
struct Outputs {
  std::string_view what;
  std::int64_t Struct::*member;
};
template <class Struct>
Outputs(std::string_view, std::int64_t Struct::*) -> Outputs<Struct>;

// A whole number from 1 on that stands first, without a word: top_k's "5". Mustn't be left out. `what` is
// what messages call it.
template <class Struct>
struct Counted {
  std::string_view what;
  std::int64_t Struct::*member;
};
template <class Struct>
Counted(std::string_view, std::int64_t Struct::*) -> Counted<Struct>;

// "relu": what is applied to each output. None unless it is said.
template <class Struct, class Activation>
struct Activated {
  Activation Struct::*member;
};
template <class Struct, class Activation>
Activated(Activation Struct::*) -> Activated<Struct, Activation>;

// "[3, 4]", numbers from `least` up; stands first and mustn't be left out.
template <class Struct, class Shape>
struct Shaped {
  Shape Struct::*member;
  std::int64_t least = 1;
};
template <class Struct, class Shape>
Shaped(Shape Struct::*, std::int64_t = 1) -> Shaped<Struct, Shape>;

// A number behind its word, "fill 1", that isn't printed where it is 0; may be left out. "inf" and "-inf" are
// the largest numbers of an f32.
template <class Struct>
struct NamedOrZero {
  std::string_view word;
  float Struct::*member;
};
template <class Struct>
NamedOrZero(std::string_view, float Struct::*) -> NamedOrZero<Struct>;

// "before [0, 1, 1]": numbers from `least` up behind their word. Not printed where there are none; may be
// left out.
template <class Struct, class Shape>
struct NamedShape {
  std::string_view word;
  Shape Struct::*member;
  std::int64_t least = 0;
};
template <class Struct, class Shape>
NamedShape(std::string_view, Shape Struct::*, std::int64_t = 0) -> NamedShape<Struct, Shape>;

// "f32[3, 4]": the type of a value from outside, f32 and row-major, which is its only attribute.
template <class Struct, class Shape>
struct Typed {
  Shape Struct::*member;
};
template <class Struct, class Shape>
Typed(Shape Struct::*) -> Typed<Struct, Shape>;

// A number behind its word like Named, printed unless it is as usual: "cubic_a -0.5".
template <class Struct>
struct Unusual {
  std::string_view word;
  float Struct::*member;
};
template <class Struct>
Unusual(std::string_view, float Struct::*) -> Unusual<Struct>;

// One of several words, each with its value: "cubic". Printed unless it is as usual, which may have no word;
// may be left out. `what` is what messages call it.
template <class T>
struct Chosen {
  std::string_view word;
  T value;
};
template <class Struct, class T, std::size_t count>
struct Choice {
  std::string_view what;
  T Struct::*member;
  std::array<Chosen<T>, count> words;
};
template <class Struct, class T, std::size_t count>
Choice(std::string_view, T Struct::*, std::array<Chosen<T>, count>) -> Choice<Struct, T, count>;

// Numbers behind their word: "scales [1, 1.5]". Printed unless there are none; may be left out.
template <class Struct>
struct Reals {
  std::string_view word;
  std::vector<float> Struct::*member;
};
template <class Struct>
Reals(std::string_view, std::vector<float> Struct::*) -> Reals<Struct>;

// An op without attributes.
using None = std::tuple<>;

// Whether an op lists its attributes; the others' text forms are written by hand.
template <class Struct>
concept Listed = requires {
  Struct::attributes;
};

// visit(attribute) for each attribute of the op, in order.
template <Listed Struct, class Visit>
constexpr void walk(Visit &&visit) {
  std::apply([&](const auto &...each) { (visit(each), ...); }, Struct::attributes);
}

} // namespace ninc::attribute
