#include "ir/Names.h"

#include <gtest/gtest.h>
#include <set>

#include "ir/ops/Ops.h"

namespace ninc {
namespace {

TEST(Names, AreIdentifiers) {
  for (const char *good : {"x", "_", "Stage_1", "a1"})
    EXPECT_TRUE(checkName(good)) << good;
  for (const char *bad : {"", "1a", "a-b", "a b", "\xc3\xa9", "a.b"})
    EXPECT_FALSE(checkName(bad)) << bad;
}

TEST(Names, MayBeSpellingsOfOpsThatAreNoWordsOfAttributes) {
  for (const std::string_view spelling : opSpellings()) {
    const bool isAttribute = spelling == "pad" || spelling == "ceil" || spelling == "floor";
    EXPECT_NE(checkName(spelling).has_value(), isAttribute) << spelling;
    EXPECT_TRUE(isLanguageWord(spelling)) << spelling;
    EXPECT_EQ(isReservedWord(spelling), isAttribute) << spelling;
  }
}

TEST(Names, AreNoWordsOfStatements) {
  for (const char *word : {"model", "weights", "random", "seed", "output"})
    EXPECT_FALSE(checkName(word)) << word;
}

TEST(Names, AreNoAttributes) {
  for (const char *word : {"stride", "hwc", "keep_maps", "conv", "groups", "f32"})
    EXPECT_FALSE(checkName(word)) << word;
}

TEST(Names, AreNoWordsThatOpsListWithTheirAttributes) {
  for (const char *word : {"axis", "epsilon", "size", "alpha", "beta", "k", "ceil", "count_include_pad",
                           "nobias", "none", "pad", "dilation", "chw"})
    EXPECT_FALSE(checkName(word)) << word;
}

TEST(Names, OfNumbersThatStandWithoutAWordAreFree) {
  for (const char *name : {"ratio", "slope", "outputs"})
    EXPECT_TRUE(checkName(name)) << name;
}

TEST(Names, AreOnceAmongTheWordsOfTheLanguage) {
  const std::set<std::string_view> words(languageWords().begin(), languageWords().end());
  EXPECT_EQ(words.size(), languageWords().size());
}

TEST(Names, MayBeKeywordsAndMacrosOfCOrCpp) {
  for (const char *word :
       {"int", "restrict", "class", "co_await", "xor_eq", "_Bool", "__attribute__", "NULL", "INT_MAX"})
    EXPECT_TRUE(checkName(word)) << word;
}

} // namespace
} // namespace ninc
