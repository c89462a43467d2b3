// Whatever models and tensors are called: their headers compile, and no two of them have a macro in common.
#include "codegen/library/HeaderNames.h"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <map>
#include <set>
#include <sstream>

#include "codegen/library/Header.h"
#include "codegen/target/Targets.h"
#include "ir/ModelName.h"
#include "ir/ops/Ops.h"
#include "tests/unit/codegen/library/HandMadeModel.h"

namespace ninc::testing {
namespace {

using ::testing::ElementsAre;

TEST(HeaderNames, OfModelsAreInTheOtherCase) {
  EXPECT_EQ(modelMacro("nin_cifar10"), "NIN_CIFAR10");
  EXPECT_EQ(modelMacro("VGG_16"), "vgg_16");
  EXPECT_EQ(modelMacro("AlexNet"), "AlexNet");
}

TEST(HeaderNames, OfTensorsAreInCapitals) {
  EXPECT_THAT(tensorMacros({"image", "Prob", "map1"}), ElementsAre("IMAGE", "PROB", "MAP1"));
  EXPECT_THAT(tensorMacros({"x", "y", "X"}), ElementsAre("x", "Y", "X"));
}

TEST(HeaderNames, OfTensorsOfSeveralWordsSayHowMany) {
  EXPECT_THAT(tensorMacros({"top_left", "prob_2", "_x", "x_", "_", "a__b"}),
              ElementsAre("TOP_LEFT_2", "PROB_2_2", "_X_2", "X__2", "__2", "A__B_3"));
  EXPECT_THAT(tensorMacros({"scratch", "Stack"}), ElementsAre("SCRATCH_1", "STACK"));
  EXPECT_THAT(tensorMacros({"scratch", "Scratch", "SCRATCH"}),
              ElementsAre("scratch", "Scratch", "SCRATCH_1"));
}

// All names of so many of these pieces.
std::set<std::string> namesOf(const std::vector<std::string> &pieces, int count) {
  std::set<std::string> names = {""}, all;
  for (int i = 0; i < count; ++i) {
    std::set<std::string> longer;
    for (const std::string &name : names)
      for (const std::string &piece : pieces)
        longer.insert(name + piece);
    names = std::move(longer);
    all.insert(names.begin(), names.end());
  }
  std::erase_if(all, [](const std::string &name) { return name.front() >= '0' && name.front() <= '9'; });
  return all;
}

TEST(HeaderNames, AreOfOneModelAndTensorAlone) {
  std::map<std::string, std::string> owners; // of macros
  const auto own = [&](const std::string &macro, const std::string &owner) {
    const auto [at, isNew] = owners.emplace(macro, owner);
    EXPECT_TRUE(isNew) << macro << " is of " << at->second << " and of " << owner;
  };
  const std::set<std::string> tensors = namesOf({"a", "A", "_", "2", "scratch", "bytes", "STACK"}, 3);
  for (const std::string &model : namesOf({"a", "A", "_", "2", "scratch"}, 3)) {
    const std::string prefix = modelMacro(model);
    for (const char *word : {"BATCH", "INPUTS", "OUTPUTS", "SCRATCH_BYTES", "SCRATCH_ALIGNMENT"})
      own(fmt::format("{}_{}", prefix, word), model);
    for (const std::string &tensor : tensors) {
      // As the macros of all tensors look: beside one that differs in case they are as they are, and where
      // there is none in capitals, as those of a tensor in capitals.
      std::string other = tensor;
      std::ranges::transform(other, other.begin(), [](unsigned char c) {
        return static_cast<char>(std::islower(c) ? std::toupper(c) : std::tolower(c));
      });
      const std::string macro =
          tensorMacros(other == tensor ? std::vector{tensor} : std::vector{tensor, other}).front();
      own(fmt::format("{}_{}_BYTES", prefix, macro), fmt::format("{} with {}", model, tensor));
    }
  }
}

const TensorType one{ElementType::f32, {1}, Layout::chw};

Program program(const std::string &name, const std::vector<std::string> &inputs,
                const std::vector<std::string> &outputs) {
  Program program;
  program.interface = {name, 1, false, {{}}};
  for (const std::string &input : inputs)
    program.interface.sizes[0].inputs.push_back({input, one});
  for (const std::string &output : outputs)
    program.interface.sizes[0].outputs.push_back({output, one});
  program.versions.emplace_back().target = parseTarget("x86-64-v3").value();
  return program;
}

std::vector<std::string> wordsIn(const char *text) {
  std::istringstream stream(text);
  return {std::istream_iterator<std::string>(stream), {}};
}

// What a header can't do without, so that nobody can use it as a macro.
const std::set<std::string> needed = {"char",   "const",   "defined",  "enum",    "extern",
                                      "float",  "int",     "int32_t",  "int64_t", "size_t",
                                      "struct", "typedef", "uint64_t", "void"};

constexpr const char *keywords = R"(
  alignas alignof and and_eq asm auto bitand bitor bool break case catch char char8_t char16_t char32_t class co_await
  co_return co_yield compl concept const const_cast consteval constexpr constinit continue contract_assert decltype
  default defined delete do double dynamic_cast else enum explicit export extern false final float for fortran friend
  goto if import inline int int32_t long module mutable namespace new noexcept not not_eq nullptr operator or or_eq
  override private protected public register reinterpret_cast requires restrict return short signed size_t sizeof static
  static_assert static_cast struct switch template this thread_local throw true try typedef typeid typename typeof
  typeof_unqual union unsigned using virtual void volatile wchar_t while xor xor_eq
  _Accum _Alignas _Alignof _Atomic _BitInt _Bool _Complex _Decimal32 _Decimal64 _Decimal128 _Float16 _Float32 _Float64
  _Float128 _Fract _Generic _Imaginary _Noreturn _Pragma _Sat _Static_assert _Thread_local __FILE__ __LINE__ __DATE__
  __TIME__ __STDC__ __VA_ARGS__ __VA_OPT__ __alignof __alignof__ __asm __asm__ __attribute __attribute__ __auto_type
  __builtin_va_list __complex__ __const __extension__ __float128 __func__ __FUNCTION__ __has_attribute __has_include
  __imag__ __inline __inline__ __int128 __label__ __null __real__ __restrict __restrict__ __signed__ __thread __typeof
  __typeof__ __volatile __volatile__ __cplusplus
  a b c i n x M N T X _X __x _ __ NDEBUG DEBUG BOOL BYTE TRUE FALSE min max errno stdin stdout stderr assert I linux unix
  i386 NULL EOF complex imaginary near far interface small pascal cdecl
  self task closure index count name element rank status threads executor scratch stack state options message kernel
  inputs outputs stream buffer native words team image prob sched msg ninc_executor ninc_model ninc_state ninc_buffer
  NINC_OK NINC_MODEL_ABI NINC_MODEL_SYMBOL NINC_DEVICES_H)";

// The words above, and the macros of the compilers and of the standard's headers.
std::vector<std::string> hostileWords() {
  const std::vector<std::string> given = wordsIn(keywords);
  std::set<std::string> words(given.begin(), given.end());
  words.insert(opSpellings().begin(), opSpellings().end());
  std::string includes;
  for (const char *header :
       {"assert",  "complex", "ctype",  "errno",  "fenv",   "float",       "inttypes", "iso646",
        "limits",  "locale",  "math",   "setjmp", "signal", "stdalign",    "stdarg",   "stdatomic",
        "stdbool", "stddef",  "stdint", "stdio",  "stdlib", "stdnoreturn", "string",   "tgmath",
        "threads", "time",    "uchar",  "wchar",  "wctype", "unistd",      "pthread"})
    includes += fmt::format("#include <{}.h>\n", header);
  writeFile(testFolder() / "all.c", includes);
  writeFile(testFolder() / "all.cpp",
            "#include <cmath>\n#include <cstdint>\n#include <climits>\n#include <version>\n");
  for (const char *command : {"cc -std=gnu17 -dM -E ", "cc -std=c99 -dM -E ", "c++ -std=gnu++20 -dM -E "}) {
    const char *file = std::string_view(command).starts_with("c++") ? "all.cpp" : "all.c";
    std::istringstream lines(runCommand(command + (testFolder() / file).string()).output);
    for (std::string line; std::getline(lines, line);)
      if (line.starts_with("#define ")) {
        const std::string word = line.substr(8, line.find_first_of(" (", 8) - 8);
        words.insert(word);
      }
  }
  return {words.begin(), words.end()};
}

// Compiles `source` by every compiler that is here, in all the languages it knows.
void expectCompiles(const std::string &source) {
  writeFile(testFolder() / "use.c", source);
  writeFile(testFolder() / "use.cpp", source);
  const auto file = [](std::string_view standard) {
    return (testFolder() / (standard.find("++") == std::string_view::npos ? "use.c" : "use.cpp")).string();
  };
  int compiled = 0;
  for (const char *compiler : {"cc", "clang"}) {
    if (runCommand(fmt::format("command -v {}", compiler)).status != 0) continue;
    for (const char *standard : {"c99", "c11", "gnu17", "c2x", "c23", "gnu++17", "c++20", "c++2b", "c++23"}) {
      const std::string language =
          std::string_view(standard).find("++") == std::string_view::npos ? "c" : "c++";
      const std::string command = fmt::format("{} -x {} -std={} ", compiler, language, standard);
      if (runCommand(command + "-fsyntax-only /dev/null").status != 0) continue; // a language it doesn't know
      const CommandResult result =
          runCommand(command + "-Wall -Wextra -pedantic -Werror -fsyntax-only " + file(standard));
      EXPECT_EQ(result.status, 0) << command << "\n" << result.output.substr(0, 2000);
      ++compiled;
    }
  }
  EXPECT_GE(compiled, 4);
}

TEST(HeaderNames, OfTensorsMayBeAnyWordOfC) {
  const std::vector<std::string> words = hostileWords();
  ASSERT_GT(words.size(), 1000U);
  const std::size_t half = words.size() / 2;
  writeFile(testFolder() / "m.h",
            generateHeader(program("m", {words.begin(), words.begin() + static_cast<long>(half)},
                                   {words.begin() + static_cast<long>(half), words.end()}))
                .value());
  expectCompiles("#include \"m.h\"\ntypedef int used;\n");
  // With the standard's headers before it and behind.
  expectCompiles(
      "#include <errno.h>\n#include <limits.h>\n#include <math.h>\n#include <stdio.h>\n#include \"m.h\"\n"
      "#include <stdlib.h>\n#include <string.h>\ntypedef int used;\n");
  EXPECT_EQ(
      runCommand(
          fmt::format(
              "cd {} && printf '#define NDEBUG\\n#define I 1\\n#include \"m.h\"\\nint used;\\n' >n.c && "
              "cc -std=c99 -fsyntax-only n.c",
              testFolder().string()))
          .status,
      0);
}

TEST(HeaderNames, AreNotHurtByMacrosOfTheProgram) {
  const std::vector<std::string> words = hostileWords();
  // Device functions too: their parameters are as nameless.
  Program model = program("m", words, {"y"});
  model.devices.emplace_back().versions.emplace_back().target =
      parseTargets("x86-64-v3+opencl").value().devices.front();
  writeFile(testFolder() / "m.h", generateHeader(model).value());
  // What its own fields are called is the interface's.
  std::set<std::string> kept = needed;
  for (const char *field : {"self", "element", "name", "rank", "threads", "message", "native", "launches",
                            "kernels", "inputs", "outputs"})
    kept.insert(field);
  std::string source = "#include <stddef.h>\n#include <stdint.h>\n";
  for (const std::string &word : words)
    if (!kept.contains(word) && !word.starts_with("ninc_") && !word.starts_with("NINC_") &&
        !word.starts_with("__"))
      source += fmt::format("#ifndef {0}\n#define {0} ) ] }} broken\n#endif\n", word);
  // In C++, where these are operators, they can't be macros.
  for (const char *word :
       {"and", "and_eq", "bitand", "bitor", "compl", "not", "not_eq", "or", "or_eq", "xor", "xor_eq"})
    if (const std::string define = fmt::format("#ifndef {0}\n#define {0} ) ] }} broken\n#endif\n", word);
        source.find(define) != std::string::npos)
      source.erase(source.find(define), define.size());
  source += "#include \"m.h\"\n";
  writeFile(testFolder() / "use.c", source + "extern void *used_;\n");
  writeFile(testFolder() / "use.cpp", source + "extern void *used_;\n");
  for (const char *command : {"cc -std=c99 ", "cc -std=gnu17 ", "c++ -std=c++17 ", "c++ -std=gnu++20 "}) {
    const std::string file = std::string_view(command).starts_with("c++") ? "use.cpp" : "use.c";
    const CommandResult compiled = runCommand(
        fmt::format("{} -Wall -Wextra -fsyntax-only -Werror {}", command, (testFolder() / file).string()));
    EXPECT_EQ(compiled.status, 0) << command << "\n" << compiled.output.substr(0, 2000);
  }
}

TEST(HeaderNames, OfModelsMayBeKeywordsAndSpellingsOfOps) {
  std::string source;
  const std::vector<std::string> given = wordsIn(keywords);
  std::set<std::string> words(given.begin(), given.end());
  words.insert(opSpellings().begin(), opSpellings().end());
  for (const std::string &word : words) {
    if (!checkModelName(word)) continue;
    writeFile(testFolder() / (word + "_.h"), generateHeader(program(word, {"x"}, {"y"})).value());
    source += fmt::format("#include \"{}_.h\"\n", word);
  }
  expectCompiles(source + "typedef int used;\n");
}

// Of the pairs that once had a macro in common with two values.
TEST(HeaderNames, KeepTheSizesOfModelsApart) {
  std::string source;
  const auto add = [&](const std::string &name, const std::string &input, std::int64_t scratch) {
    Program model = program(name, {input}, {"y"});
    model.versions[0].scratchBytes = scratch;
    writeFile(testFolder() / (name + "_.h"), generateHeader(model).value());
    source += fmt::format("#include \"{}_.h\"\n", name);
  };
  add("net", "x", 128), add("Net", "x", 256), add("NET", "x", 384);
  add("a", "b_x", 512), add("a_b", "x", 640), add("a_b_x", "scratch", 768), add("a_scratch", "bytes", 896);
  const std::string checks =
      "typedef char sizes[NET_SCRATCH_BYTES(1) == 128 && Net_SCRATCH_BYTES(1) == 256 &&\n"
      "  net_SCRATCH_BYTES(1) == 384 && A_SCRATCH_BYTES(1) == 512 && A_B_SCRATCH_BYTES(1) == 640 &&\n"
      "  A_B_X_SCRATCH_BYTES(1) == 768 && A_SCRATCH_SCRATCH_BYTES(1) == 896 &&\n"
      "  A_B_X_2_BYTES == 4 && A_B_X_BYTES == 4 && A_B_X_SCRATCH_1_BYTES == 4 ? 1 : -1];\n";
  expectCompiles(source + checks);
}

} // namespace
} // namespace ninc::testing
