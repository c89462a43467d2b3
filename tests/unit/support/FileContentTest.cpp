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

TEST(FileContent, ThatStandsInAFilesPlaceIsNamed) {
  EXPECT_EQ(butWhatItIs("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"),
            " but a pointer that Git LFS leaves in place of the file until `git lfs pull`");
  EXPECT_EQ(butWhatItIs("<!DOCTYPE html><html>Sign in"),
            " but a web page, as servers send instead of a file");
  EXPECT_EQ(butWhatItIs("GIF87a"), " but a GIF image");
  EXPECT_EQ(butWhatItIs("hello"), "");
}

TEST(FileContent, OfOtherOrTooFewBytesIsUnknown) {
  for (const char *bytes : {"", "\x89", "\x89PN", "P", "P5", "P9 ", "RIFF", "hello", "\xff\xd8"})
    EXPECT_EQ(fileContent(bytes).kind, FileKind::unknown) << bytes;
}

} // namespace
} // namespace ninc
