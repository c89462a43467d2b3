#include "driver/Outputs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ninc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> filesFor(const char *output, bool dependencyFile = false) {
  const Outputs outputs{output, "", false, dependencyFile};
  std::vector<std::string> names;
  for (const OutputFile &file : filesOf(outputs, formOf(outputs).value()))
    names.push_back(file.path.string());
  return names;
}

TEST(Outputs, AreOfTheFormThatTheSuffixSays) {
  EXPECT_EQ(formOf({"x/m.so"})->product, Product::sharedLibrary);
  EXPECT_EQ(formOf({"m.ll"})->product, Product::llvmIr);
  EXPECT_EQ(formOf({"m.nin"})->kind, OutputKind::model);
  EXPECT_FALSE(formOf({"m.dot"})->product);
}

TEST(Outputs, AreOfTheFormThatIsSaidWhateverTheSuffix) {
  EXPECT_EQ(formOf({"m.bin", "o"})->product, Product::object);
}

TEST(Outputs, OfAnUnknownFormListTheKnownOnes) {
  for (const Outputs &outputs : {Outputs{"m.exe"}, Outputs{"m"}, Outputs{"m.so", "exe"}}) {
    const Result<OutputForm> form = formOf(outputs);
    ASSERT_FALSE(form);
    EXPECT_EQ(form.error().kind, ErrorKind::usage);
    EXPECT_THAT(form.error().message, HasSubstr(".a .dot .h .ll .nin .o .s .so"));
  }
}

TEST(Outputs, HaveTheirCompanionsBesideThem) {
  EXPECT_THAT(filesFor("x/m.so"), ElementsAre("x/m.so", "x/m.h"));
  EXPECT_THAT(filesFor("m.nin"), ElementsAre("m.nin", "m.safetensors"));
  EXPECT_THAT(filesFor("m.ll"), ElementsAre("m.ll"));
  EXPECT_THAT(filesFor("m.o", true), ElementsAre("m.o", "m.h", "m.d"));
}

TEST(Outputs, ToAStreamHaveNothingBesideThem) {
  const Outputs outputs{"/dev/null", "so", false, true};
  EXPECT_EQ(filesOf(outputs, formOf(outputs).value()).size(), 1u);
  EXPECT_TRUE(writeRuleForMake(outputs, {}));
  EXPECT_FALSE(formOf({"/dev/null", "so", true})) << "and no folder for temporaries";
}

} // namespace
} // namespace ninc
