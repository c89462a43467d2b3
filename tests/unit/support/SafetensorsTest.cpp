#include "support/Safetensors.h"

#include <cmath>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/Random.h"

namespace ninc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

template <class T>
std::string bytesOf(const std::vector<T> &numbers) {
  return {reinterpret_cast<const char *>(numbers.data()), numbers.size() * sizeof(T)};
}

std::string file(const std::string &header, const std::string &data = {}) {
  return bytesOf(std::vector<std::uint64_t>{header.size()}) + header + data;
}

std::string errorOf(const std::string &bytes) {
  Result<std::map<std::string, Array>> tensors = parseSafetensors(bytes);
  return tensors ? "no error" : tensors.error().message;
}

// Header of a file with one tensor 'w'.
std::string one(const std::string &dtype, const std::string &shape, const std::string &offsets) {
  return R"({"w":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
}

std::string twoTensorFile() {
  return *formatSafetensors(
      {{"a.weight", {std::vector<std::int64_t>{2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6}}},
       {"a.bias", {std::vector<std::int64_t>{2}, std::vector<float>{-1, 0.5f}}}});
}

TEST(Safetensors, WhatIsWrittenIsRead) {
  std::vector<std::int64_t> shape{2, 3}, scalar{}, none{0, 4};
  std::vector<float> numbers{1, -2, 3.5f, 1e-40f, 0, 6}, number{7};
  Result<std::string> bytes =
      formatSafetensors({{"b", {shape, numbers}}, {"a", {scalar, number}}, {"caf\xc3\xa9 \"", {none, {}}}});
  ASSERT_TRUE(bytes);
  std::map<std::string, Array> tensors = *parseSafetensors(*bytes);
  ASSERT_EQ(tensors.size(), 3u);
  EXPECT_EQ(tensors["b"], (Array{shape, numbers}));
  EXPECT_EQ(tensors["a"], (Array{scalar, number}));
  EXPECT_EQ(tensors["caf\xc3\xa9 \""], (Array{none, {}}));
}

TEST(Safetensors, WritesSortedNamesAndAnAlignedHeader) {
  std::string bytes = twoTensorFile();
  std::string header = R"({"a.bias":{"data_offsets":[0,8],"dtype":"F32","shape":[2]},)"
                       R"("a.weight":{"data_offsets":[8,32],"dtype":"F32","shape":[2,3]}})";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  EXPECT_EQ(bytes, file(header, bytesOf<float>({-1, 0.5f, 1, 2, 3, 4, 5, 6})));
}

TEST(Safetensors, AnEmptyFileOfTensorsIsLegal) {
  EXPECT_TRUE(parseSafetensors(file("{}"))->empty());
  EXPECT_TRUE(parseSafetensors(*formatSafetensors({}))->empty());
}

TEST(Safetensors, SkipsMetadataAndPadding) {
  std::string bytes =
      file(R"({"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}   )",
           bytesOf<float>({3}));
  EXPECT_EQ(parseSafetensors(bytes)->at("w").data, std::vector<float>{3});
}

TEST(Safetensors, ReadsDataThatIsNotAligned) {
  std::string header = one("F32", "[2]", "[0,8]");
  while (header.size() % 4 != 1)
    header += ' ';
  EXPECT_THAT(parseSafetensors(file(header, bytesOf<float>({1.25f, -8})))->at("w").data,
              ElementsAre(1.25f, -8));
}

TEST(Safetensors, ConvertsDoubles) {
  std::string bytes = file(one("F64", "[3]", "[0,24]"), bytesOf<double>({0.1, -2, 1e300}));
  EXPECT_THAT(parseSafetensors(bytes)->at("w").data, ElementsAre(0.1f, -2, INFINITY));
}

TEST(Safetensors, ConvertsHalves) {
  // 1, -2, the largest half 65504, the smallest subnormal 2^-24, the smallest normal 2^-14, infinity, -0.
  std::vector<std::uint16_t> halves{0x3c00, 0xc000, 0x7bff, 0x0001, 0x0400, 0x7c00, 0x8000, 0x7e00};
  std::vector<float> data =
      parseSafetensors(file(one("F16", "[8]", "[0,16]"), bytesOf(halves)))->at("w").data;
  EXPECT_TRUE(std::isnan(data.back()));
  EXPECT_TRUE(std::signbit(data[6]));
  data.pop_back();
  EXPECT_THAT(data, ElementsAre(1, -2, 65504, 0x1p-24f, 0x1p-14f, INFINITY, 0));
}

TEST(Safetensors, ConvertsBfloat16) {
  std::vector<std::uint16_t> numbers{0x3f80, 0xc2f7};
  EXPECT_THAT(parseSafetensors(file(one("BF16", "[2]", "[0,4]"), bytesOf(numbers)))->at("w").data,
              ElementsAre(1, -123.5f));
}

TEST(Safetensors, RefusesOtherTypesByName) {
  EXPECT_THAT(errorOf(file(one("I64", "[1]", "[0,8]"), std::string(8, 0))), HasSubstr("'w' has dtype I64"));
}

TEST(Safetensors, AFileMayHoldTensorsOfAnyTypeThatNobodyAsksFor) {
  std::string header = R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]})";
  std::string data = bytesOf<float>({3});
  const std::pair<const char *, std::size_t> types[] = {{"BOOL", 6},
                                                        {"U8", 6},
                                                        {"I8", 6},
                                                        {"F8_E4M3", 6},
                                                        {"F8_E5M2", 6},
                                                        {"F8_E8M0", 6},
                                                        {"I16", 12},
                                                        {"U16", 12},
                                                        {"BF16", 12},
                                                        {"I32", 24},
                                                        {"U32", 24},
                                                        {"C64", 48},
                                                        {"I64", 48},
                                                        {"U64", 48},
                                                        {"F4", 3},
                                                        {"F6_E2M3", 5},
                                                        {"I3_OF_THE_FUTURE", 7}};
  for (auto [dtype, bytes] : types) {
    header += fmt::format(R"(,"t{}":{{"dtype":"{}","shape":[2,3],"data_offsets":[{},{}]}})", dtype, dtype,
                          data.size(), data.size() + bytes);
    data.append(bytes, '\x01');
  }
  Result<SafetensorsFile> parsed = SafetensorsFile::parse(file(header + "}", data));
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->tensors().size(), 1 + std::size(types));
  EXPECT_EQ(parsed->tensors().at("tI3_OF_THE_FUTURE").dtype, "I3_OF_THE_FUTURE");
  EXPECT_EQ(parsed->tensors().at("tI64").shape, (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(parsed->load("w")->data, std::vector<float>{3});
  EXPECT_EQ(parsed->load("tBF16")->data.size(), 6u);
  EXPECT_THAT(parsed->load("tF8_E4M3").error().message, HasSubstr("'tF8_E4M3' has dtype F8_E4M3"));
  EXPECT_FALSE(parsed->load("none"));
}

TEST(Safetensors, ShapesOfTypesThatAreNotConvertedAreCheckedToo) {
  EXPECT_THAT(errorOf(file(one("I64", "[2]", "[0,8]"), std::string(8, 0))),
              HasSubstr("which takes 16 bytes"));
  EXPECT_THAT(errorOf(file(one("I64", "[4611686018427387904]", "[0,0]"))), HasSubstr("no file can hold"));
}

TEST(Safetensors, OtherFilesOfWeightsAreRefusedByTheirNames) {
  EXPECT_THAT(errorOf(std::string("PK\3\4", 4) + std::string(60, 'x')),
              HasSubstr("a zip archive, as .npz and PyTorch's"));
  EXPECT_THAT(errorOf("\x80\2}" + std::string(60, 'x')), HasSubstr("a Python pickle"));
  EXPECT_THAT(errorOf("\x89HDF\r\n\x1a\n" + std::string(60, 'x')), HasSubstr("an HDF5 file"));
}

TEST(Safetensors, AHeadersLengthMayLookLikeAnythingElse) {
  for (std::size_t length :
       {0x4d42u, 0x8b1fu, 0x0280u, 0x0affu, 0x10000u}) { // BMP, gzip, pickle, JPEG XL, icon
    std::string header = one("F32", "[1]", "[0,4]");
    header.resize(length, ' ');
    EXPECT_TRUE(parseSafetensors(file(header, bytesOf<float>({1})))) << length;
  }
}

TEST(Safetensors, TensorsThatShareTheirNumbersAreNamed) {
  std::string header = R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                       R"("b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
  EXPECT_THAT(errorOf(file(header, std::string(8, 0))),
              HasSubstr("'b' begins at byte 0 of the data, inside 'a'"));
}

TEST(Safetensors, RefusesFilesThatAreCutOff) {
  std::string bytes = twoTensorFile();
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_NE(errorOf(bytes.substr(0, size)), "no error") << size;
  EXPECT_THAT(errorOf(bytes.substr(0, 20)), HasSubstr("cut off"));
}

TEST(Safetensors, RefusesAHeaderLengthBeyondTheFormatsLimit) {
  EXPECT_THAT(errorOf(std::string(64, '\xff')), HasSubstr("no safetensors file"));
  EXPECT_THAT(errorOf(std::string("\x89PNG\r\n\x1a\n0000000000", 18)), HasSubstr("no safetensors file"));
}

TEST(Safetensors, RefusesTrailingBytes) {
  EXPECT_THAT(errorOf(twoTensorFile() + "x"), HasSubstr("its tensors take 32 bytes, but 33 follow"));
}

TEST(Safetensors, RefusesTensorsOutsideTheFile) {
  EXPECT_THAT(errorOf(file(one("F32", "[2]", "[0,8]"), "1234")), HasSubstr("outside the file's 4 bytes"));
  EXPECT_THAT(errorOf(file(one("F32", "[1]", "[8,4]"), "12345678")), HasSubstr("outside"));
}

TEST(Safetensors, RefusesOverlapsAndGaps) {
  auto two = [](const std::string &first, const std::string &second) {
    return file(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":)" + first +
                    R"(},"b":{"dtype":"F32","shape":[2],"data_offsets":)" + second + "}}",
                std::string(20, 0));
  };
  EXPECT_THAT(errorOf(two("[0,8]", "[4,12]")), HasSubstr("'b' begins at byte 4"));
  EXPECT_THAT(errorOf(two("[0,8]", "[12,20]")), HasSubstr("'b' begins at byte 12"));
}

TEST(Safetensors, RefusesAShapeThatItsBytesDoNotFit) {
  EXPECT_THAT(errorOf(file(one("F32", "[3]", "[0,8]"), std::string(8, 0))),
              HasSubstr("'w' is F32 [3], which takes 12 bytes, but its data_offsets span 8"));
}

TEST(Safetensors, RefusesShapesWhoseSizeOverflows) {
  // 2^62 * 4 bytes is 0 modulo 2^64, and so is 2^32 * 2^32.
  EXPECT_THAT(errorOf(file(one("F32", "[4611686018427387904]", "[0,0]"))), HasSubstr("no file can hold"));
  EXPECT_THAT(errorOf(file(one("F32", "[4294967296,4294967296]", "[0,0]"))), HasSubstr("no file can hold"));
  EXPECT_THAT(errorOf(file(one("F32", "[18446744073709551615]", "[0,0]"))), HasSubstr("too large"));
}

TEST(Safetensors, RefusesNamesThatAppearTwice) {
  std::string entry = R"("w":{"dtype":"F32","shape":[0],"data_offsets":[0,0]})";
  EXPECT_THAT(errorOf(file("{" + entry + "," + entry + "}")), HasSubstr("'w' appears twice"));
  EXPECT_THAT(errorOf(file(R"({"w":{"dtype":"F32","dtype":"F32","shape":[0],"data_offsets":[0,0]}})")),
              HasSubstr("'dtype' appears twice"));
}

TEST(Safetensors, RefusesHeadersOfAnotherForm) {
  EXPECT_THAT(errorOf(file("[]")), HasSubstr("doesn't begin with '{'"));
  EXPECT_THAT(errorOf(file("{")), HasSubstr("no JSON"));
  EXPECT_THAT(errorOf(file("{} x")), HasSubstr("no JSON"));
  EXPECT_THAT(errorOf(file("{\"\xff\":{}}")), HasSubstr("no JSON"));
  EXPECT_THAT(errorOf(file(R"({"w":3})")), HasSubstr("header has a number for 'w'"));
  EXPECT_THAT(errorOf(file(R"({"w":[1]})")), HasSubstr("header has a list for 'w'"));
  EXPECT_THAT(errorOf(file(R"({"w":{}})")), HasSubstr("'w' has no dtype"));
  EXPECT_THAT(errorOf(file(R"({"w":{"dtype":"F32"}})")), HasSubstr("'w' has no shape"));
  EXPECT_THAT(errorOf(file(R"({"w":{"dtype":"F32","shape":[]}})")), HasSubstr("'w' has no data_offsets"));
  EXPECT_THAT(errorOf(file(one("F32", "[-1]", "[0,0]"))), HasSubstr("the negative number -1 for 'shape'"));
  EXPECT_THAT(errorOf(file(one("F32", "[1.5]", "[0,0]"))), HasSubstr("the fraction 1.5 for 'shape'"));
  EXPECT_THAT(errorOf(file(one("F32", "[[1]]", "[0,4]"))), HasSubstr("a list for 'shape'"));
  EXPECT_THAT(errorOf(file(one("F32", "[0]", "[0]"))), HasSubstr("has 1 data_offsets"));
  EXPECT_THAT(errorOf(file(R"({"w":{"type":"F32"}})")), HasSubstr("unknown key 'type'"));
  EXPECT_THAT(errorOf(file(R"({"__metadata__":{"a":{}}})")), HasSubstr("an object for 'a'"));
}

TEST(Safetensors, DeepNestingCostsNoStack) {
  EXPECT_THAT(errorOf(file(R"({"w":)" + std::string(1'000'000, '['))), HasSubstr("a list for 'w'"));
}

TEST(Safetensors, NoMutationOfAFileIsMoreThanAnError) {
  const std::string original = twoTensorFile();
  Random random(2024);
  int read = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string bytes = original;
    for (std::uint64_t edits = 1 + random.below(4); edits-- > 0;) {
      std::size_t at = random.below(bytes.size());
      switch (random.below(4)) {
      case 0:
        bytes[at] = static_cast<char>(random.next());
        break;
      case 1:
        bytes[at] = "0123456789[]{},:\"-e."[random.below(20)];
        break;
      case 2:
        bytes.erase(at, 1 + random.below(4));
        break;
      case 3:
        bytes.insert(at, bytes.substr(random.below(bytes.size()), random.below(9)));
        break;
      }
      if (bytes.empty()) bytes = "x";
    }
    Result<std::map<std::string, Array>> tensors = parseSafetensors(bytes);
    if (!tensors) {
      EXPECT_FALSE(tensors.error().message.empty());
      continue;
    }
    ++read; // some edits change a number or a name and leave a sound file
    for (const auto &[name, tensor] : *tensors)
      EXPECT_EQ(countElements(tensor.shape), tensor.data.size());
  }
  EXPECT_GT(read, 100);
  EXPECT_LT(read, 10000);
}

TEST(Safetensors, WritingRefusesWhatCannotBeReadBack) {
  std::vector<std::int64_t> shape{2};
  std::vector<float> two{1, 2}, three{1, 2, 3};
  EXPECT_FALSE(formatSafetensors({{"__metadata__", {shape, two}}}));
  EXPECT_FALSE(formatSafetensors({{"\xff", {shape, two}}}));
  EXPECT_FALSE(formatSafetensors({{"w", {shape, three}}}));
}

TEST(Safetensors, ErrorsOfAFileNameIt) {
  EXPECT_THAT(readSafetensors("/nowhere/w.safetensors").error().message, HasSubstr("/nowhere/w.safetensors"));
  EXPECT_THAT(readSafetensors("/dev/null").error().message,
              HasSubstr("cannot read '/dev/null': it has 0 bytes"));
}

} // namespace
} // namespace ninc
