#include "ir/ModelName.h"

#include <array>
#include <cstdio>
#include <filesystem>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <string>

namespace ninc {
namespace {

using ::testing::HasSubstr;

std::string refusal(const std::string &name) {
  const Result<void> fits = checkModelName(name);
  return fits ? "" : fits.error().message;
}

TEST(ModelName, IsAName) {
  for (const char *bad : {"", "1a", "a-b", "stride"})
    EXPECT_NE(refusal(bad), "") << bad;
}

TEST(ModelName, MayBeAnythingThatExportsNobodyElsesFunctions) {
  for (const char *good :
       {"nin_cifar10", "a",      "A_",     "a__b", "team",  "teams",    "a_teams", "nincompoop",
        "my_ninc",     "main",   "memset", "sin",  "posix", "pthreads", "Pthread", "device",
        "cuda",        "opencl", "gai_",   "llvm", "relu",  "exp",      "max",     "input"})
    EXPECT_EQ(refusal(good), "") << good;
}

TEST(ModelName, IsNoneOfTheInterfaces) {
  for (const char *name : {"ninc", "NINC", "Ninc", "ninc_", "ninc_opencl", "ninc_team", "ninc_device",
                           "ninc_model", "NINC_model", "ninc_cuda", "ninc_anything"})
    EXPECT_THAT(refusal(name), HasSubstr("names of the C interface")) << name;
}

TEST(ModelName, ExportsNothingThatTheSystemHas) {
  EXPECT_EQ(refusal("pthread"),
            "a model can't be called 'pthread': 'pthread_create' is a function of the system's libraries");
  EXPECT_THAT(refusal("sem"), HasSubstr("'sem_destroy'"));
  EXPECT_THAT(refusal("gai"), HasSubstr("'gai_strerror'"));
  for (const char *name :
       {"epoll", "timer", "timerfd", "memfd", "mtx", "cnd", "thrd", "tss", "svc", "clnt", "pthread_mutex",
        "pthread_barrier", "pthread_cond", "posix_spawnattr", "posix_spawn_file_actions", "xdrmem", "argz"})
    EXPECT_THAT(refusal(name), HasSubstr("function of the system's libraries")) << name;
}

TEST(ModelName, IsNotReservedByC) {
  for (const char *name : {"_", "_x", "_X", "__x", "_ZN1a", "_Unwind"})
    EXPECT_THAT(refusal(name), HasSubstr("C keeps names that begin with '_'")) << name;
}

TEST(ModelName, IsNoOtherModelsFunction) {
  EXPECT_EQ(refusal("a_team"),
            "a model can't be called 'a_team': 'a_team_create' is a function of a model called 'a'");
  EXPECT_NE(refusal("a_b_team"), "");
}

// No two models share a symbol: whatever both names are, if they are allowed.
TEST(ModelName, MakesOneSymbolOfOneModelAlone) {
  std::vector<std::string> functions(modelFunctions.begin(), modelFunctions.end());
  functions.insert(functions.end(), modelDeviceFunctions.begin(), modelDeviceFunctions.end());
  for (const std::string &longer : functions)
    for (const std::string &shorter : functions)
      if (longer.ends_with("_" + shorter)) {
        const std::string other = "m_" + longer.substr(0, longer.size() - shorter.size() - 1);
        EXPECT_NE(refusal(other), "") << other << "_" << shorter << " is m_" << longer;
      }
}

// The table against the libraries of the machine that runs the test.
TEST(ModelName, KnowsTheFunctionsOfThisSystemsLibraries) {
  std::string libraries;
  for (const char *folder : {"/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu", "/lib64", "/lib"})
    for (const char *library :
         {"libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1", "libanl.so.1",
          "libresolv.so.2", "libutil.so.1", "libnsl.so.1", "libtirpc.so.3", "libcrypt.so.1", "libgcc_s.so.1",
          "libstdc++.so.6", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"})
      if (const std::string path = fmt::format("{}/{}", folder, library); std::filesystem::exists(path))
        libraries += " " + path;
  if (libraries.empty()) GTEST_SKIP() << "no libraries where they usually are";
  std::FILE *symbols =
      popen(("nm -D --defined-only --format=posix" + libraries + " 2>/dev/null").c_str(), "r");
  ASSERT_TRUE(symbols);
  std::vector<std::string> functions(modelFunctions.begin(), modelFunctions.end());
  functions.insert(functions.end(), modelDeviceFunctions.begin(), modelDeviceFunctions.end());
  std::array<char, 4096> line{};
  std::size_t seen = 0;
  while (std::fgets(line.data(), line.size(), symbols)) {
    std::string symbol(line.data());
    symbol.resize(symbol.find_first_of(" @\n"));
    ++seen;
    for (const std::string &function : functions) {
      const std::string end = "_" + function;
      if (!symbol.ends_with(end) || symbol.size() == end.size()) continue;
      EXPECT_NE(refusal(symbol.substr(0, symbol.size() - end.size())), "") << symbol;
    }
  }
  pclose(symbols);
  if (seen == 0) GTEST_SKIP() << "no nm";
}

} // namespace
} // namespace ninc
