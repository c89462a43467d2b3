#include "tuner/machine/MeasuringLocks.h"

#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <thread>

#include "support/TemporaryFiles.h"

namespace ninc {
namespace {

using std::chrono::milliseconds;

class Locks : public testing::Test {
protected:
  void SetUp() override {
    for (const char *variable : {"XDG_RUNTIME_DIR", "XDG_CACHE_HOME"}) {
      const char *value = std::getenv(variable);
      before_.emplace_back(variable, value ? std::optional<std::string>(value) : std::nullopt);
    }
    setenv("XDG_RUNTIME_DIR", at("run").c_str(), 1);
    setenv("XDG_CACHE_HOME", at("cache").c_str(), 1);
  }
  void TearDown() override {
    for (const auto &[variable, value] : before_)
      value ? setenv(variable, value->c_str(), 1) : unsetenv(variable);
  }
  std::string at(const std::string &name) const { return (folder_.path() / name).string(); }
  bool exists(const std::string &name) const { return std::filesystem::exists(at(name)); }

  // How many of these locks can be had within a moment.
  static std::size_t countOf(std::vector<std::string> names) {
    milliseconds patience(1);
    return MeasuringLocks(std::move(names), patience).count();
  }

private:
  TemporaryDirectory folder_ = *TemporaryDirectory::create("ninc-locks");
  std::vector<std::pair<const char *, std::optional<std::string>>> before_;
};

TEST_F(Locks, ExcludeWhoWantsTheSame) {
  milliseconds patience(1);
  std::optional<MeasuringLocks> held(std::in_place, std::vector<std::string>{"cpu1", "cpu2"}, patience);
  EXPECT_EQ(held->count(), 2U);
  EXPECT_EQ(countOf({"cpu2"}), 0U);
  EXPECT_EQ(countOf({"cpu3", "cpu1"}), 1U);
  held.reset();
  EXPECT_EQ(countOf({"cpu1", "cpu2"}), 2U);
}

TEST_F(Locks, WaitUntilTheyAreFree) {
  milliseconds brief(1), patience(60000);
  std::optional<MeasuringLocks> held(std::in_place, std::vector<std::string>{"cpu1"}, brief);
  std::thread waiting([&] { EXPECT_EQ(MeasuringLocks({"cpu1"}, patience).count(), 1U); });
  held.reset();
  waiting.join();
  EXPECT_EQ(patience, milliseconds(60000));
}

TEST_F(Locks, WhoKeepsThemIsWaitedForOnce) {
  milliseconds patience(20);
  const MeasuringLocks held({"cpu1"}, patience);
  EXPECT_EQ(patience, milliseconds(20));
  EXPECT_EQ(MeasuringLocks({"cpu1"}, patience).count(), 0U);
  EXPECT_EQ(patience, milliseconds(0));
  EXPECT_EQ(MeasuringLocks({"cpu2"}, patience).count(), 1U); // what is free can be had all the same
}

TEST_F(Locks, LieWhereNobodyElseCanTakeThem) {
  EXPECT_EQ(countOf({"cpu1"}), 1U);
  EXPECT_TRUE(exists("run/ninc/measuring-cpu1.lock"));
  EXPECT_EQ(whyNoMeasuringLocks(), "");
  chmod(at("run").c_str(), 0777); // somebody else's, as good as
  EXPECT_EQ(countOf({"cpu1"}), 1U);
  EXPECT_TRUE(exists("cache/ninc/measuring-cpu1.lock"));
  chmod(at("cache").c_str(), 0777);
  EXPECT_EQ(countOf({"cpu1"}), 0U);
  EXPECT_NE(whyNoMeasuringLocks().find("written to by other users"), std::string::npos);
}

TEST_F(Locks, WhatIsNoFileIsNoLock) {
  EXPECT_EQ(countOf({"cpu1"}), 1U);
  mkfifo(at("run/ninc/measuring-cpu2.lock").c_str(), 0600);
  std::filesystem::create_symlink(at("elsewhere"), at("run/ninc/measuring-cpu3.lock"));
  EXPECT_EQ(countOf({"cpu1", "cpu2", "cpu3"}), 1U);
  EXPECT_FALSE(exists("elsewhere"));
}

} // namespace
} // namespace ninc
