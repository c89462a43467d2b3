// Libraries with something wrong in them, opened and run in this process: none of them may end it.
//
// NINC_MUTANTS=N tries every N-th place of the file instead of some hundred places: 1 for all of them.
#include <cstdlib>
#include <elf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/Files.h"
#include "support/Seal.h"
#include "support/TemporaryFiles.h"
#include "tests/unit/execution/model/CompiledModel.h"

namespace ninc {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

constexpr std::string_view modelText = R"(model damaged
weights random seed 3
x = input f32[2, 6, 6]
maps = conv2d x 3x3 pad 1 -> 4
y = softmax (global_avg_pool maps)
output y
)";

struct Place {
  std::string section;
  std::size_t offset = 0, bytes = 0;
};

// The sections that the file's own table names; those that lie in it.
std::vector<Place> sectionsOf(const std::string &file) {
  Elf64_Ehdr header;
  std::memcpy(&header, file.data(), sizeof header);
  std::vector<Elf64_Shdr> sections(header.e_shnum);
  std::memcpy(sections.data(), file.data() + header.e_shoff, sections.size() * sizeof(Elf64_Shdr));
  std::vector<Place> places;
  for (const Elf64_Shdr &section : sections)
    if (section.sh_type != SHT_NOBITS && section.sh_type != SHT_NULL && section.sh_size > 0)
      places.push_back({file.data() + sections[header.e_shstrndx].sh_offset + section.sh_name,
                        section.sh_offset, section.sh_size});
  return places;
}

class DamagedLibrary : public ::testing::Test {
protected:
  static void SetUpTestSuite() {
    const TemporaryDirectory folder = TemporaryDirectory::create().value();
    const Graph model = testing::modelOf(modelText);
    ASSERT_TRUE(testing::compileTo(folder.path() / "whole.so", model, {}));
    whole = readFile(folder.path() / "whole.so").value();
    inputs = testing::randomBatch(model, 1, 1);
  }

  // Why it can't be opened, or, if it can, it is run.
  std::string whyNot(const std::string &bytes) {
    // A fresh name: the loader must not take the file for one that it has seen.
    const std::filesystem::path path = folder_.path() / fmt::format("{}.so", number_++);
    EXPECT_TRUE(writeAtomically(path, bytes));
    std::string reason;
    {
      Result<LoadedModel> opened = LoadedModel::open(path, 1);
      if (opened) {
        static_cast<void>(opened->run(inputs));
        static_cast<void>(opened->runStepwise(inputs, [](const ninc_kernel &, int, const Tensor &) {}));
      } else {
        EXPECT_EQ(opened.error().kind, ErrorKind::badInput) << opened.error().message;
        EXPECT_THAT(opened.error().message, HasSubstr(path.string()));
        reason = opened.error().message;
      }
    }
    std::filesystem::remove(path);
    return reason;
  }

  // How many of so many places are tried.
  static std::size_t stepFor(std::size_t places, std::size_t usually) {
    const char *const wanted = std::getenv("NINC_MUTANTS");
    const std::size_t step = wanted ? std::strtoul(wanted, nullptr, 10) : places / usually;
    return std::max<std::size_t>(step, 1);
  }

  static std::string whole; // with its seal
  static std::vector<Tensor> inputs;
  TemporaryDirectory folder_ = TemporaryDirectory::create().value();
  int number_ = 0;
};
std::string DamagedLibrary::whole;
std::vector<Tensor> DamagedLibrary::inputs;

TEST_F(DamagedLibrary, IsRefusedBySeal) {
  EXPECT_EQ(whyNot(whole), "");
  const std::size_t content = whole.size() - sealBytes;
  for (std::size_t i = 64; i < content; i += stepFor(content, 100)) { // an ELF header has its own messages
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ (1 << (i % 8)));
    EXPECT_THAT(whyNot(damaged), HasSubstr("damaged")) << i;
  }
}

TEST_F(DamagedLibrary, CutOffAnywhereIsRefused) {
  for (std::size_t bytes = 0; bytes < whole.size() - sealBytes; bytes += stepFor(whole.size(), 40))
    EXPECT_NE(whyNot(whole.substr(0, bytes)), "") << bytes;
  EXPECT_THAT(whyNot(whole.substr(0, whole.size() - 10)), HasSubstr("damaged")); // in its seal
}

TEST_F(DamagedLibrary, WithoutASealWorksIfItIsSound) {
  EXPECT_EQ(whyNot(whole.substr(0, whole.size() - sealBytes)), "");
}

// What the loader and the descriptor's readers believe, word by word, in a library that has no seal.
TEST_F(DamagedLibrary, WithoutASealEndsNoProcess) {
  const std::string bare = whole.substr(0, whole.size() - sealBytes);
  constexpr std::array<std::uint64_t, 4> values = {0, ~std::uint64_t{0}, 0x7fffffffffff0000, 0x10};
  std::size_t tried = 0, refused = 0;
  for (const Place &place : sectionsOf(bare)) {
    const bool isTable = place.section == ".dynamic" || place.section.starts_with(".rela") ||
                         place.section == ".dynsym" || place.section.ends_with("hash") ||
                         place.section == ".dynstr" || place.section == ".data.rel.ro" ||
                         place.section == ".got" || place.section == ".got.plt";
    if (!isTable) continue;
    for (std::size_t word = 0; 8 * word + 8 <= place.bytes; word += stepFor(place.bytes / 8, 12)) {
      std::string damaged = bare;
      std::memcpy(&damaged[place.offset + 8 * word], &values[tried % values.size()], 8);
      ++tried;
      refused += !whyNot(damaged).empty();
    }
  }
  EXPECT_GT(tried, 30U);
  EXPECT_GT(refused, 0U);
}

// The headers, which say what is mapped where.
TEST_F(DamagedLibrary, WithoutASealButWithWrongHeadersEndsNoProcess) {
  const std::string bare = whole.substr(0, whole.size() - sealBytes);
  Elf64_Ehdr header;
  std::memcpy(&header, bare.data(), sizeof header);
  const std::size_t end = header.e_phoff + header.e_phnum * sizeof(Elf64_Phdr);
  for (std::size_t i = 0; i < end; i += stepFor(end, 60)) {
    std::string damaged = bare;
    damaged[i] = static_cast<char>(damaged[i] ^ (1 << (i % 8)));
    whyNot(damaged);
  }
}

// The loader would map them over other libraries of this process, where a crash comes later if at all.
TEST_F(DamagedLibrary, WithASegmentOutOfItsPlaceIsNotMapped) {
  const std::string bare = whole.substr(0, whole.size() - sealBytes);
  Elf64_Ehdr header;
  std::memcpy(&header, bare.data(), sizeof header);
  const auto reasonWith = [&](std::uint32_t type, void (*spoil)(Elf64_Phdr &)) {
    std::string damaged = bare;
    for (std::size_t i = header.e_phnum; i-- > 0;) { // the last of its type
      char *const at = damaged.data() + header.e_phoff + i * sizeof(Elf64_Phdr);
      Elf64_Phdr segment;
      std::memcpy(&segment, at, sizeof segment);
      if (segment.p_type != type) continue;
      spoil(segment);
      std::memcpy(at, &segment, sizeof segment);
      return whyNot(damaged);
    }
    return std::string("there is none");
  };
  using Segment = Elf64_Phdr;
  const std::pair<std::uint32_t, void (*)(Segment &)> faults[] = {
      {PT_LOAD, [](Segment &s) { s.p_vaddr = s.p_paddr = 0; }},
      {PT_LOAD, [](Segment &s) { s.p_memsz = ~std::uint64_t{0}; }},
      {PT_LOAD, [](Segment &s) { s.p_filesz = s.p_memsz + 0x1000, s.p_offset = 0; }},
      {PT_LOAD, [](Segment &s) { s.p_type = PT_NULL; }},
      {PT_DYNAMIC, [](Segment &s) { s.p_vaddr += 0x100000; }},
      {PT_GNU_RELRO, [](Segment &s) { s.p_memsz += 0x10000; }}};
  for (const auto &[type, spoil] : faults)
    EXPECT_THAT(reasonWith(type, spoil), HasSubstr("truncated or damaged")) << type;
  EXPECT_EQ(reasonWith(PT_LOAD, [](Segment &) {}), "");
}

TEST_F(DamagedLibrary, ThatIsNoFileSaysWhatItIs) {
  const auto pipe = folder_.path() / "pipe.so";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  const auto reasonFor = [](const std::filesystem::path &path) {
    const Result<LoadedModel> opened = LoadedModel::open(path, 1);
    return opened ? "" : opened.error().message;
  };
  EXPECT_THAT(reasonFor(pipe), HasSubstr("no regular file"));
  EXPECT_THAT(reasonFor("/dev/null"), HasSubstr("no regular file"));
  EXPECT_THAT(reasonFor(folder_.path()), HasSubstr("folder"));
  EXPECT_THAT(reasonFor(folder_.path() / "none.so"), HasSubstr("No such file"));
  for (const std::string_view text : {"", "model x\n", "\x7f",
                                      "\x7f"
                                      "ELF"})
    EXPECT_THAT(whyNot(std::string(text)), AnyOf(HasSubstr("not an ELF file"), HasSubstr("damaged"))) << text;
  std::string narrow = whole;
  narrow[EI_CLASS] = ELFCLASS32;
  EXPECT_THAT(whyNot(narrow), HasSubstr("64-bit"));
  std::string foreign = whole;
  foreign[offsetof(Elf64_Ehdr, e_machine)] = static_cast<char>(EM_RISCV);
  EXPECT_THAT(whyNot(foreign), HasSubstr("made for RISC-V"));
}

} // namespace
} // namespace ninc
