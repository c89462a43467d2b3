// Seals: whole as long as nothing is changed, broken by any change, gone when cut off.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "support/Files.h"
#include "support/Seal.h"
#include "support/TemporaryFiles.h"

namespace ninc {
namespace {

class SealTest : public ::testing::Test {
protected:
  Seal sealOfFile(std::string_view bytes) {
    EXPECT_TRUE(writeAtomically(folder_.path() / "file", bytes));
    const Result<Seal> seal = sealOf(folder_.path() / "file");
    EXPECT_TRUE(seal) << seal.error().message;
    return seal.value_or(Seal::none);
  }
  TemporaryDirectory folder_ = TemporaryDirectory::create().value();
};

TEST_F(SealTest, OfWhatIsAsItWasIsWhole) {
  for (const std::size_t bytes : {0U, 1U, 24U, 5000U, (1U << 20) - 1, 1U << 20, 3000000U})
    EXPECT_EQ(sealOfFile(sealed(std::string(bytes, 'x'))), Seal::whole) << bytes;
}

TEST_F(SealTest, IsAsItIsDocumented) {
  const std::string file = sealed("123456789"); // whose CRC-32 is the standard's check value
  EXPECT_EQ(file.size(), 9 + sealBytes);
  EXPECT_EQ(file.substr(0, 29), std::string("123456789NINCSEAL\x09\0\0\0\0\0\0\0\x26\x39\xf4\xcb", 29));
}

TEST_F(SealTest, IsBrokenByAnyByte) {
  const std::string whole = sealed("what is in the file");
  for (std::size_t i = 0; i < whole.size() - sealBytes; ++i) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
    EXPECT_EQ(sealOfFile(damaged), Seal::broken) << i;
  }
  for (std::size_t i = whole.size() - sealBytes; i < whole.size(); ++i) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
    EXPECT_NE(sealOfFile(damaged), Seal::whole) << i; // where its name is hurt it is none
  }
}

TEST_F(SealTest, IsBrokenWhereBytesAreMissingOrAdded) {
  const std::string whole = sealed("what is in the file");
  EXPECT_EQ(sealOfFile(whole.substr(1)), Seal::broken);
  EXPECT_EQ(sealOfFile("x" + whole), Seal::broken);
  EXPECT_EQ(sealOfFile(sealed(whole).erase(3, 4)), Seal::broken);
  for (std::size_t bytes = whole.size() - sealBytes + 4; bytes < whole.size(); ++bytes)
    EXPECT_EQ(sealOfFile(whole.substr(0, bytes)), Seal::broken) << bytes;
}

TEST_F(SealTest, IsNoneWithoutOne) {
  for (const std::string_view bytes : {"", "x", "NIN", "a file of a few words, without any seal"})
    EXPECT_EQ(sealOfFile(bytes), Seal::none) << bytes;
}

TEST_F(SealTest, OfWhatIsNoFileIsAnError) {
  const auto pipe = folder_.path() / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  for (const std::filesystem::path &path : {pipe, folder_.path(), folder_.path() / "nothing"}) {
    const Result<Seal> seal = sealOf(path);
    ASSERT_FALSE(seal);
    EXPECT_NE(seal.error().message.find(path.string()), std::string::npos) << seal.error().message;
  }
}

} // namespace
} // namespace ninc
