#include "frontend/import/NameMap.h"

#include <gtest/gtest.h>
#include <set>

#include "ir/ModelName.h"
#include "ir/Names.h"

namespace ninc {
namespace {

TEST(NameMap, KeepsWhatIsAName) {
  NameMap names;
  EXPECT_EQ(names.of("conv1"), "conv1");
  EXPECT_EQ(names.of("_x"), "_x");
  EXPECT_EQ(names.of("relu"), "relu");
}

TEST(NameMap, MakesIdentifiersThatReadLikeTheOriginal) {
  NameMap names;
  EXPECT_EQ(names.of("conv1/7x7_s2:0"), "conv1_7x7_s2_0");
  EXPECT_EQ(names.of("/layer1/conv/Conv_output_0"), "layer1_conv_Conv_output_0");
  EXPECT_EQ(names.of("387"), "v387");
  EXPECT_EQ(names.of(""), "v");
  EXPECT_EQ(names.of("\xc3\xa4"), "v_2");
}

TEST(NameMap, IsInjective) {
  NameMap names;
  std::set<std::string> taken;
  for (const char *name :
       {"a:0", "a_0", "a/0", "a.0", "a_0_2", "output", "output_1", "output_", "1", "v1", "::", "v"}) {
    const std::string mapped = names.of(name);
    EXPECT_TRUE(checkName(mapped)) << name << " -> " << mapped;
    EXPECT_TRUE(taken.insert(mapped).second) << name << " -> " << mapped;
    EXPECT_EQ(names.of(name), mapped);
  }
}

TEST(NameMap, ShortensWhatIsEndless) {
  NameMap names;
  EXPECT_LE(names.of(std::string(5000, 'x')).size(), 200u);
  EXPECT_NE(names.of(std::string(5000, 'x') + "1"), names.of(std::string(5000, 'x')));
}

TEST(ModelNames, AreMadeOfFiles) {
  EXPECT_EQ(modelNameLike("squeezenet1.1"), "squeezenet1_1");
  for (const char *stem : {"main", "", "sem", "7", "int", "ninc", "printf"})
    EXPECT_TRUE(checkModelName(modelNameLike(stem))) << stem;
}

} // namespace
} // namespace ninc
