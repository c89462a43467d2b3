#include "support/Npy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>

#include "support/Random.h"

namespace ninc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

template <class T>
std::string bytesOf(const std::vector<T> &numbers) {
  return {reinterpret_cast<const char *>(numbers.data()), numbers.size() * sizeof(T)};
}

std::string file(const std::string &header, const std::string &data, char version = 1) {
  std::string bytes = "\x93NUMPY";
  bytes += {version, 0};
  bytes += version == 1 ? bytesOf<std::uint16_t>({static_cast<std::uint16_t>(header.size())})
                        : bytesOf<std::uint32_t>({static_cast<std::uint32_t>(header.size())});
  return bytes + header + data;
}

std::string header(const std::string &descr, const std::string &shape, const std::string &fortran = "False") {
  return "{'descr': '" + descr + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }   \n";
}

template <class T>
std::vector<float> read(const std::string &descr, const std::vector<T> &numbers) {
  return parseNpy(file(header(descr, "(" + std::to_string(numbers.size()) + ",)"), bytesOf(numbers)))
      .value()
      .data;
}

std::string errorOf(const std::string &bytes) {
  Result<Array> array = parseNpy(bytes);
  return array ? "no error" : array.error().message;
}

TEST(Npy, WritesWhatNumPyWrites) {
  // numpy.save of numpy.array([0, 1], numpy.float32).
  std::string expected = "\x93NUMPY\x01" + std::string("\0v\0", 3) +
                         "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }" + std::string(60, ' ') +
                         "\n" + bytesOf<float>({0, 1});
  EXPECT_EQ(formatNpy({std::vector<std::int64_t>{2}, std::vector<float>{0, 1}}), expected);
}

TEST(Npy, WhatIsWrittenIsRead) {
  for (const Array &array : {Array{{2, 3}, {1, 2, 3, 4, 5, 6}}, Array{{}, {2.5f}}, Array{{3}, {1, 2, 3}},
                             Array{{0, 4}, {}}, Array{{1, 1, 1, 2}, {-1, 1e-40f}}})
    EXPECT_EQ(parseNpy(formatNpy({array.shape, array.data})).value(), array);
}

TEST(Npy, NumbersStandAtAMultipleOf64Bytes) {
  for (std::size_t rank = 0; rank < 20; ++rank) {
    std::vector<std::int64_t> shape(rank, 1);
    std::vector<float> one{1};
    EXPECT_EQ((formatNpy({shape, one}).size() - 4) % 64, 0u);
  }
}

TEST(Npy, TurnsFortranOrderToCOrder) {
  // numpy.asfortranarray(numpy.arange(6).reshape(2, 3)) lies as 0 3 1 4 2 5.
  Array array = parseNpy(file(header("<f4", "(2, 3)", "True"), bytesOf<float>({0, 3, 1, 4, 2, 5}))).value();
  EXPECT_THAT(array.shape, ElementsAre(2, 3));
  EXPECT_THAT(array.data, ElementsAre(0, 1, 2, 3, 4, 5));
  // Three dimensions: element [i][j][k] of shape 2, 1, 2 lies at i + 2k.
  array = parseNpy(file(header("<f4", "(2, 1, 2)", "True"), bytesOf<float>({0, 10, 1, 11}))).value();
  EXPECT_THAT(array.data, ElementsAre(0, 1, 10, 11));
}

TEST(Npy, ConvertsEveryKindOfNumber) {
  EXPECT_THAT(read<double>("<f8", {0.1, -3}), ElementsAre(0.1f, -3));
  EXPECT_THAT(read<std::uint16_t>("<f2", {0x3c00, 0xc000}), ElementsAre(1, -2));
  EXPECT_THAT(read<std::uint8_t>("|u1", {0, 255}), ElementsAre(0, 255));
  EXPECT_THAT(read<std::int8_t>("|i1", {-128, 127}), ElementsAre(-128, 127));
  EXPECT_THAT(read<std::uint16_t>("<u2", {65535}), ElementsAre(65535));
  EXPECT_THAT(read<std::int16_t>("<i2", {-32768}), ElementsAre(-32768));
  EXPECT_THAT(read<std::uint32_t>("<u4", {4294967295u}), ElementsAre(4294967296.0f));
  EXPECT_THAT(read<std::int32_t>("<i4", {-7}), ElementsAre(-7));
  EXPECT_THAT(read<std::uint64_t>("<u8", {1ull << 63}), ElementsAre(0x1p63f));
  EXPECT_THAT(read<std::int64_t>("<i8", {-(1ll << 40)}), ElementsAre(-0x1p40f));
  EXPECT_THAT(read<std::uint8_t>("|b1", {0, 1}), ElementsAre(0, 1));
}

TEST(Npy, ReadsVersions2And3) {
  std::string data = bytesOf<float>({4});
  EXPECT_THAT(parseNpy(file(header("<f4", "(1,)"), data, 2))->data, ElementsAre(4));
  EXPECT_THAT(parseNpy(file(header("<f4", "(1,)"), data, 3))->data, ElementsAre(4));
  EXPECT_THAT(errorOf(file(header("<f4", "(1,)"), data, 4)), HasSubstr("version 4"));
}

TEST(Npy, ReadsTheHeadersKeysInAnyOrder) {
  std::string text = R"({"shape":(2L,),"fortran_order":False,"descr":"<f4"})";
  EXPECT_THAT(parseNpy(file(text, bytesOf<float>({1, 2})))->data, ElementsAre(1, 2));
}

TEST(Npy, RefusesOtherTypesAndSaysWhatToDo) {
  EXPECT_EQ(errorOf(file(header(">f4", "(1,)"), "1234")),
            "its numbers are '>f4', which can't be read; store them as '<f4' (numpy.float32)");
  EXPECT_THAT(errorOf(file(header("<c8", "(1,)"), "12345678")), HasSubstr("'<c8'"));
}

TEST(Npy, RefusesDoublesThatAreInfiniteOnlyAsF32) {
  const std::string one = header("<f8", "(1,)");
  EXPECT_EQ(errorOf(file(one, bytesOf<double>({-1e39}))),
            "its number -1e+39 is beyond the range of f32, in which models compute");
  // To the nearest; and what is infinite is so for whoever reads it.
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_THAT(read<double>("<f8", {3.4028235e38, -infinity, 1e-50}),
              ElementsAre(std::numeric_limits<float>::max(), -std::numeric_limits<float>::infinity(), 0));
}

TEST(Npy, RefusesOtherFiles) {
  EXPECT_EQ(errorOf(""), "it is no .npy file");
  EXPECT_EQ(errorOf("PK\x03\x04 an .npz is a zip archive"), "it is no .npy file");
}

TEST(Npy, RefusesFilesThatAreCutOffAndTrailingBytes) {
  std::string bytes = formatNpy({std::vector<std::int64_t>{2, 2}, std::vector<float>{1, 2, 3, 4}});
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_NE(errorOf(bytes.substr(0, size)), "no error") << size;
  EXPECT_THAT(errorOf(bytes.substr(0, bytes.size() - 1)),
              HasSubstr("ask for 16 bytes of numbers, but it has 15"));
  EXPECT_THAT(errorOf(bytes + "x"), HasSubstr("it has 17"));
}

TEST(Npy, RefusesHeadersOfAnotherForm) {
  for (const char *text :
       {"", "{", "{}", "[]", "{'descr': '<f4'}", "{'descr': '<f4', 'fortran_order': False, 'shape': (1)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}",
        "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (1,)}",
        "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x", "{'descr: '<f4', 'fortran_order"})
    EXPECT_THAT(errorOf(file(text, "1234")), HasSubstr("its header is not a dictionary")) << text;
}

TEST(Npy, RefusesShapesWhoseSizeOverflows) {
  EXPECT_THAT(errorOf(file(header("<f4", "(4611686018427387904,)"), "")), HasSubstr("more elements"));
  EXPECT_THAT(errorOf(file(header("<f4", "(4294967296, 4294967296)"), "")), HasSubstr("more elements"));
}

TEST(Npy, NoMutationOfAFileIsMoreThanAnError) {
  const std::string original =
      formatNpy({std::vector<std::int64_t>{2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6}});
  Random random(5);
  for (int round = 0; round < 20000; ++round) {
    std::string bytes = original;
    for (std::uint64_t edits = 1 + random.below(3); edits-- > 0;) {
      std::size_t at = random.below(bytes.size());
      if (random.below(3) == 0)
        bytes.erase(at, 1 + random.below(3));
      else
        bytes[at] = random.below(2) == 0 ? static_cast<char>(random.next())
                                         : "0123456789(),{}':<fiu"[random.below(21)];
    }
    Result<Array> array = parseNpy(bytes);
    if (array) {
      EXPECT_EQ(countElements(array->shape), array->data.size());
    }
  }
}

TEST(Npy, ErrorsOfAFileNameIt) {
  EXPECT_THAT(readNpy("/nowhere/x.npy").error().message, HasSubstr("/nowhere/x.npy"));
  EXPECT_EQ(readNpy("/dev/null").error().message, "cannot read '/dev/null': it is no .npy file");
}

TEST(Npy, WritesWholeNumbersAsIntegers) {
  const std::string bytes = formatIntegerNpy({std::vector<std::int64_t>{2}, std::vector<float>{7, -1}});
  EXPECT_NE(bytes.find("'descr': '<i8'"), std::string::npos);
  EXPECT_EQ(bytes.substr(bytes.size() - 16),
            std::string("\x07\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff", 16));
  EXPECT_EQ(parseNpy(bytes).value(), (Array{{2}, {7, -1}}));
}

} // namespace
} // namespace ninc
