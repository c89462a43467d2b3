#include "driver/BuildId.h"

#include <gtest/gtest.h>

namespace ninc {
namespace {

TEST(BuildId, IsTheLinkersChecksumOverThisProgram) {
  const std::string id = buildId();
  EXPECT_EQ(id.size(), 40u) << id; // SHA-1
  EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos);
}

} // namespace
} // namespace ninc
