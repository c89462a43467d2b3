// Cases from the table of well-formed sequences in the Unicode standard (table 3-7).
#include "support/Utf8.h"

#include <gtest/gtest.h>

namespace ninc {
namespace {

TEST(Utf8, KnowsTheLengthOfACharacter) {
  EXPECT_EQ(utf8Length("a"), 1u);
  EXPECT_EQ(utf8Length("\xc3\xa9z"), 2u);
  EXPECT_EQ(utf8Length("\xe2\x86\x92"), 3u);
  EXPECT_EQ(utf8Length("\xf0\x9f\x98\x80"), 4u);
  EXPECT_EQ(utf8Length(std::string_view("\0", 1)), 1u);
}

TEST(Utf8, RefusesWhatIsNoCharacter) {
  for (const char *bytes : {"", "\x80", "\xc3", "\xc3(", "\xe2\x86", "\xff", "\xfe"})
    EXPECT_EQ(utf8Length(bytes), 0u) << bytes;
}

TEST(Utf8, RefusesOverlongFormsSurrogatesAndWhatIsBeyondUnicode) {
  for (const char *bytes :
       {"\xc0\xaf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", "\xed\xa0\x80", "\xf4\x90\x80\x80"})
    EXPECT_EQ(utf8Length(bytes), 0u) << bytes;
}

TEST(Utf8, ChecksWholeTexts) {
  EXPECT_TRUE(isUtf8(""));
  EXPECT_TRUE(isUtf8("caf\xc3\xa9"));
  EXPECT_FALSE(isUtf8("caf\xe9"));
}

TEST(Utf8, FindsWhatSteersTerminals) {
  for (const char *text : {"a\nb", "\x1b[31m", "\x7f", "caf\xc2\x9b"}) // C0, delete, C1
    EXPECT_TRUE(holdsControl(text)) << text;
  EXPECT_FALSE(holdsControl("caf\xc3\xa9 \xc2\xa0"));
}

TEST(Utf8, ReplacesEveryByteThatIsNoCharacter) {
  EXPECT_EQ(asUtf8("caf\xc3\xa9\n"), "caf\xc3\xa9\n");
  EXPECT_EQ(asUtf8("a\xff\xe2\x86z"), "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz");
}

TEST(Utf8, MakesOneLineOfATextAndCutsItBetweenCharacters) {
  EXPECT_EQ(asLine("a\tb\nc\xff"), "a b c\xef\xbf\xbd");
  EXPECT_EQ(asLine("caf\xc3\xa9s", 5), "caf\xc3\xa9");
  EXPECT_EQ(asLine("caf\xc3\xa9s", 4), "caf");
}

} // namespace
} // namespace ninc
