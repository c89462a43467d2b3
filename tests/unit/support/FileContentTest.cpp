#include "support/FileContent.h"

#include <gtest/gtest.h>
#include <string>

namespace ninc {
namespace {

TEST(FileContent, IsToldByTheFirstBytes) {
  EXPECT_EQ(fileContent("\x89PNG\r\n\x1a\n").kind, FileKind::png);
  EXPECT_EQ(fileContent("\xff\xd8\xff\xe0").kind, FileKind::jpeg);
  EXPECT_EQ(fileContent("\x93NUMPY").kind, FileKind::npy);
  EXPECT_EQ(fileContent("GIF87a").name, "a GIF image");
  EXPECT_EQ(fileContent(std::string(128, 0) + "DICM").name, "a DICOM image");
  EXPECT_EQ(fileContent("P5\n2 2 255\n").name, "a Netpbm image");
  EXPECT_EQ(fileContent(std::string("PK\3\4")).kind, FileKind::data);
}

TEST(FileContent, OfOtherOrTooFewBytesIsUnknown) {
  for (const char *bytes : {"", "\x89", "\x89PN", "P", "P5", "P9 ", "RIFF", "hello", "\xff\xd8"})
    EXPECT_EQ(fileContent(bytes).kind, FileKind::unknown) << bytes;
}

} // namespace
} // namespace ninc
