#include "support/Image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/Files.h"
#include "support/Random.h"

namespace ninc {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;

std::string fromHex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return bytes;
}

std::string bigEndian(std::uint32_t number) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8)
    bytes += static_cast<char>(number >> shift);
  return bytes;
}

// PNG's checksum, ISO 3309.
std::uint32_t crc(std::string_view bytes) {
  std::uint32_t remainder = 0xffffffff;
  for (char byte : bytes) {
    remainder ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit)
      remainder = (remainder >> 1) ^ (remainder & 1 ? 0xedb88320 : 0);
  }
  return ~remainder;
}

// The PNG with every chunk's checksum made right, as far as its chunks can be told.
std::string withChecksums(std::string png) {
  for (std::size_t at = 8; at + 12 <= png.size();) {
    std::size_t size = 0;
    for (std::size_t i = 0; i < 4; ++i)
      size = size << 8 | static_cast<unsigned char>(png[at + i]);
    if (size > png.size() - at - 12) break;
    png.replace(at + 8 + size, 4, bigEndian(crc(std::string_view(png).substr(at + 4, size + 4))));
    at += 12 + size;
  }
  return png;
}

std::string pictureFile(const std::string &name) {
  return readFile(NINC_SOURCE_DIR "/tests/pictures/" + name).value();
}

// Files written by Pillow. colourPng is 2 wide and 3 high; transparentPng is the same, half transparent;
// deepGreyPng has 16 bits: 0, 0x5500, 0xaa00, 0xff00; plainJpeg is 8x8 in the one colour (200, 100, 50).
const std::string colourPng =
    fromHex("89504e470d0a1a0a0000000d4948445200000002000000030802000000368849d60000001d49444154789c63"
            "f8cfc0c0f09f818181e13f97881cc3ffffff199998013fe9063d18a553be0000000049454e44ae426082");
const std::string transparentPng =
    fromHex("89504e470d0a1a0a0000000d4948445200000002000000030806000000b9eade810000002349444154789c63"
            "fccfc0d0c0f89f81818991e13f0397a81c03cbffff0c0c4ccc4f19005d7b06ac1c1c90a70000000049454e44"
            "ae426082");
const std::string deepGreyPng =
    fromHex("89504e470d0a1a0a0000000d4948445200000002000000021000000000074d8ebb0000001249444154789c63"
            "606008656058c5f09f0100070301ff91b56ce20000000049454e44ae426082");
const std::string plainJpeg =
    fromHex("ffd8ffe000104a46494600010100000100010000ffdb00430002010101010102010101020202020204030202"
            "02020504040304060506060605060606070908060709070606080b08090a0a0a0a0a06080b0c0b0a0c090a0a"
            "0affdb004301020202020202050303050a0706070a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a"
            "0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0affc000110800080008030122000211010311"
            "01ffc4001500010100000000000000000000000000000005ffc4001410010000000000000000000000000000"
            "0000ffc40014010100000000000000000000000000000008ffc4001411010000000000000000000000000000"
            "0000ffda000c03010002110311003f009e00ae6c3fffd9");

const std::vector<std::uint16_t> colours{255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 20, 30, 255, 255, 255, 1, 2, 3};

TEST(Image, DecodesAPng) {
  EXPECT_EQ(decodeImage(colourPng, 3).value(), (Image{2, 3, 3, colours}));
}

TEST(Image, DropsTransparency) {
  EXPECT_EQ(decodeImage(transparentPng, 3).value(), (Image{2, 3, 3, colours}));
}

TEST(Image, DecodesAJpeg) {
  Image image = decodeImage(plainJpeg, 3).value();
  EXPECT_EQ(image.width, 8);
  EXPECT_EQ(image.height, 8);
  for (std::size_t i = 0; i < image.pixels.size(); ++i)
    EXPECT_NEAR(image.pixels[i], i % 3 == 0 ? 200 : i % 3 == 1 ? 100 : 50, 2);
}

TEST(Image, TurnsColoursToTheirLuminance) {
  // 0.299 red + 0.587 green + 0.114 blue
  Image grey = decodeImage(colourPng, 1).value();
  ASSERT_EQ(grey.pixels.size(), 6u);
  int expected[] = {76, 150, 29, 18, 255, 2};
  for (std::size_t i = 0; i < 6; ++i)
    EXPECT_NEAR(grey.pixels[i], expected[i], 1);
}

TEST(Image, TurnsGreyToThreeEqualChannelsAndKeeps16Bits) {
  EXPECT_THAT(decodeImage(deepGreyPng, 1)->pixels, ElementsAre(0, 0x5500, 0xaa00, 0xff00));
  EXPECT_THAT(decodeImage(deepGreyPng, 3)->pixels,
              ElementsAre(0, 0, 0, 0x5500, 0x5500, 0x5500, 0xaa00, 0xaa00, 0xaa00, 0xff00, 0xff00, 0xff00));
  EXPECT_EQ(decodeImage(deepGreyPng, 3)->range, 65535);
}

TEST(Image, OtherFilesAreRefused) {
  EXPECT_THAT(decodeImage("", 3).error().message, HasSubstr("it is no PNG or JPEG image"));
  EXPECT_THAT(decodeImage("GIF89a........................", 3).error().message,
              HasSubstr("it is no PNG or JPEG image but a GIF image"));
}

TEST(Image, AFileThatIsCutOffAnywhereIsDamaged) {
  for (const std::string &file :
       {colourPng, transparentPng, deepGreyPng, plainJpeg, pictureFile("progressive.jpg"),
        pictureFile("arithmetic.jpg"), pictureFile("cmyk.jpg")})
    for (std::size_t size = 8; size < file.size(); ++size) {
      Result<Image> image = decodeImage(file.substr(0, size), 3);
      ASSERT_FALSE(image) << "at " << size << " of " << file.size();
      EXPECT_THAT(image.error().message, HasSubstr("damaged")) << size;
    }
}

TEST(Image, APngWithAWrongChecksumIsDamaged) {
  for (std::size_t at = 8; at < colourPng.size(); ++at) {
    std::string bytes = colourPng;
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    EXPECT_FALSE(decodeImage(bytes, 3)) << at;
  }
}

TEST(Image, AJpegOfMoreScansThanAnyEncoderMakesIsRefused) {
  // The last scan of a progressive file over and over: a few bytes that each cost a pass over all pixels.
  std::string file = pictureFile("progressive.jpg");
  std::string scan = file.substr(file.rfind("\xff\xda"));
  scan.resize(scan.size() - 2); // without the end of the image
  std::string bytes = file.substr(0, file.rfind("\xff\xda"));
  for (int i = 0; i < 2000; ++i)
    bytes += scan;
  EXPECT_FALSE(decodeImage(bytes + "\xff\xd9", 3));
}

TEST(Image, AJpegWithMoreHuffmanCodesThanThereCanBeIsDamaged) {
  std::string bytes = plainJpeg;
  std::size_t table = bytes.find("\xff\xc4");
  ASSERT_NE(table, bytes.npos);
  // A segment of one table with 16 * 17 codes.
  bytes.insert(table, "\xff\xc4" + std::string("\x01\x23", 2) + std::string(1, '\0') +
                          std::string(16, '\x11') + std::string(16 * 17, '\0'));
  EXPECT_THAT(decodeImage(bytes, 3).error().message, HasSubstr("damaged"));
}

TEST(Image, AJpegWithCommentsAndFillBytesIsSound) {
  std::string bytes = plainJpeg;
  std::size_t table = bytes.find("\xff\xc4");
  bytes.insert(table, std::string("\xff\xff\xfe\x00\x06\xff\xc4zz", 9)); // a comment that looks like a table
  EXPECT_EQ(decodeImage(bytes, 3).value(), decodeImage(plainJpeg, 3).value());
}

TEST(Image, AnEnormousImageIsRefusedBeforeMemoryIsTaken) {
  std::string bytes = colourPng;
  bytes[18] = bytes[22] = 0x40; // 16386 x 16387
  EXPECT_THAT(decodeImage(withChecksums(bytes), 3).error().message,
              HasSubstr("16386x16387 pixels is beyond the limit"));
  bytes[16] = bytes[20] = 0x7f; // about 2^31 each
  EXPECT_THAT(decodeImage(withChecksums(bytes), 3).error().message, HasSubstr("beyond the limit"));
  std::string jpeg = plainJpeg;
  std::size_t frame = jpeg.find("\xff\xc0");
  ASSERT_NE(frame, jpeg.npos);
  jpeg.replace(frame + 5, 4, "\xf0\xf0\xf0\xf0"); // height, width
  EXPECT_THAT(decodeImage(jpeg, 3).error().message, HasSubstr("61680x61680 pixels is beyond the limit"));
}

TEST(Image, AChunkThatSaysItIsEnormousIsRefusedBeforeMemoryIsTaken) {
  std::string bytes = colourPng;
  bytes.insert(33, bigEndian(900'000'000) + "tEXtComment");
  EXPECT_THAT(decodeImage(bytes, 3).error().message, HasSubstr("too large"));
}

TEST(Image, NoMutationOfAFileIsMoreThanAnError) {
  Random random(11);
  std::string turnedPng = colourPng, turnedJpeg = plainJpeg;
  const std::string exif("MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0", 26);
  turnedPng.insert(33, bigEndian(26) + "eXIf" + exif + "....");
  turnedJpeg.insert(2, std::string("\xff\xe1\0\x22"
                                   "Exif\0\0",
                                   10) +
                           exif);
  ASSERT_EQ(decodeImage(withChecksums(turnedPng), 3)->width, 3);
  ASSERT_TRUE(decodeImage(turnedJpeg, 3));
  for (const std::string &original :
       {turnedPng, transparentPng, deepGreyPng, turnedJpeg, pictureFile("progressive.jpg"),
        pictureFile("arithmetic.jpg"), pictureFile("ycck.jpg")})
    for (int round = 0; round < 3000; ++round) {
      std::string bytes = original;
      for (std::uint64_t edits = 1 + random.below(3); edits-- > 0;)
        bytes[random.below(bytes.size())] = static_cast<char>(random.next());
      if (random.below(4) == 0) bytes.resize(random.below(bytes.size()));
      // A width or height of thousands is legal and slow; what is behind it is the same code.
      if (original[0] == '\x89' && bytes.size() > 24) bytes.replace(16, 8, original, 16, 8);
      if (original[0] == '\x89' && random.below(8) != 0) bytes = withChecksums(bytes);
      Result<Image> image = decodeImage(bytes, 3);
      if (image) {
        EXPECT_EQ(image->pixels.size(), static_cast<std::size_t>(image->width * image->height * 3));
      }
    }
}

TEST(Image, WhatIsEncodedIsDecoded) {
  Image image{2, 3, 3, colours};
  EXPECT_EQ(decodeImage(encodePng(image).value(), 3).value(), image);
  Image grey{3, 1, 1, {0, 128, 255}};
  EXPECT_EQ(decodeImage(encodePng(grey).value(), 1).value(), grey);
}

TEST(Image, EncodingRefusesAnImageThatIsNoneInItself) {
  EXPECT_FALSE(encodePng({2, 2, 3, {1, 2, 3}}));
  EXPECT_FALSE(encodePng({0, 0, 3, {}}));
  EXPECT_FALSE(encodePng({1, 1, 2, {1, 2}}));
  EXPECT_FALSE(encodePng({1, 1, 1, {256}}));
  EXPECT_FALSE(encodePng({1, 1, 1, {1}, 65535}));
}

TEST(Image, PlanesHaveAllOfAChannelTogether) {
  Array planes = toPlanes({2, 1, 3, {1, 2, 3, 4, 5, 6}});
  EXPECT_THAT(planes.shape, ElementsAre(3, 1, 2));
  EXPECT_THAT(planes.data, ElementsAre(1, 4, 2, 5, 3, 6));
}

TEST(Image, PlanesOf16BitsHaveFractions) {
  Array planes = toPlanes({2, 1, 1, {65535, 300}, 65535});
  EXPECT_THAT(planes.data, ElementsAre(255, 300 / 257.0f));
}

TEST(Image, ResizingKeeps16Bits) {
  EXPECT_EQ(resize({2, 1, 1, {1000, 1003}, 65535}, 1, 1), (Image{1, 1, 1, {1002}, 65535}));
  EXPECT_EQ(resize({1, 1, 1, {65535}, 65535}, 2, 1), (Image{2, 1, 1, {65535, 65535}, 65535}));
}

// Expected numbers are Pillow's Image.resize(..., BILINEAR), whose rounding may differ by one.
void expectResized(int width, int height, const std::vector<int> &expected) {
  Image image{4, 4, 1, {0, 50, 100, 200, 10, 250, 30, 40, 90, 80, 70, 60, 5, 15, 25, 255}};
  Image resized = resize(image, width, height);
  ASSERT_EQ(resized.pixels.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_NEAR(resized.pixels[i], expected[i], 1) << width << "x" << height << " at " << i;
}

TEST(Image, ResizingAgreesWithPillow) {
  expectResized(2, 2, {77, 96, 57, 90});
  expectResized(3, 3, {35, 94, 130, 85, 108, 50, 32, 36, 149});
  expectResized(8, 2, {17, 48, 109, 122, 85, 77, 100, 111, 42, 51, 68, 68, 53, 69, 117, 141});
  expectResized(1, 1, {80});
  expectResized(5, 7, {0,  35, 75, 130, 200, 4,  86, 98, 95, 143, 9,  168, 135, 40, 51, 50, 131, 108,
                       50, 50, 84, 78,  71,  69, 74, 35, 37, 40,  84, 185, 5,   12, 20, 94, 255});
}

TEST(Image, ResizingToItsOwnSizeChangesNothing) {
  Image image{2, 3, 3, colours};
  EXPECT_EQ(resize(image, 2, 3), image);
}

TEST(Image, ResizingKeepsChannelsApart) {
  Image image = resize({1, 2, 3, {10, 20, 30, 10, 20, 30}}, 3, 5);
  EXPECT_THAT(toPlanes(image).data, ElementsAreArray([] {
                std::vector<float> planes(15, 10);
                planes.insert(planes.end(), 15, 20);
                planes.insert(planes.end(), 15, 30);
                return planes;
              }()));
}

} // namespace
} // namespace ninc
