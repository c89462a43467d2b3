#include "support/UserFolders.h"

#include <cstdlib>
#include <gtest/gtest.h>
#include <map>
#include <optional>
#include <pwd.h>
#include <string>
#include <unistd.h>

namespace ninc {
namespace {

namespace fs = std::filesystem;

constexpr const char *variables[] = {"HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"};

// With none of the variables set, and what they were afterwards.
class UserFolders : public testing::Test {
protected:
  void SetUp() override {
    for (const char *variable : variables) {
      const char *value = std::getenv(variable);
      before_[variable] = value ? std::optional<std::string>(value) : std::nullopt;
      unsetenv(variable);
    }
  }
  void TearDown() override {
    for (const auto &[variable, value] : before_)
      value ? setenv(variable.c_str(), value->c_str(), 1) : unsetenv(variable.c_str());
  }

  // As the system's user database has it.
  static std::optional<fs::path> homeOfUser() {
    const passwd *entry = getpwuid(geteuid());
    return entry ? std::optional<fs::path>(entry->pw_dir) : std::nullopt;
  }

private:
  std::map<std::string, std::optional<std::string>> before_;
};

TEST_F(UserFolders, AreWhereTheVariablesSay) {
  setenv("XDG_CACHE_HOME", "/c", 1);
  setenv("XDG_DATA_HOME", "/d", 1);
  setenv("XDG_RUNTIME_DIR", "/r", 1);
  EXPECT_EQ(cacheHome(), "/c");
  EXPECT_EQ(dataHome(), "/d");
  EXPECT_EQ(runtimeDirectory(), "/r");
}

TEST_F(UserFolders, AreInTheHomeFolderOtherwise) {
  setenv("HOME", "/home/me", 1);
  EXPECT_EQ(cacheHome(), "/home/me/.cache");
  EXPECT_EQ(dataHome(), "/home/me/.local/share");
  EXPECT_EQ(runtimeDirectory(), std::nullopt);
}

TEST_F(UserFolders, RelativeAndEmptyVariablesDontCount) {
  setenv("HOME", "/home/me", 1);
  for (const char *value : {"", "cache", "./cache", "~/cache", "../x"}) {
    for (const char *variable : {"XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"})
      setenv(variable, value, 1);
    EXPECT_EQ(cacheHome(), "/home/me/.cache") << value;
    EXPECT_EQ(dataHome(), "/home/me/.local/share") << value;
    EXPECT_EQ(runtimeDirectory(), std::nullopt) << value;
  }
}

TEST_F(UserFolders, WithoutAHomeInTheEnvironmentTheUserDatabaseHasIt) {
  EXPECT_EQ(homeFolder(), homeOfUser());
  for (const char *value : {"", ".", "home/me"}) {
    setenv("HOME", value, 1);
    EXPECT_EQ(homeFolder(), homeOfUser()) << value;
  }
}

TEST_F(UserFolders, AUserWhomTheDatabaseDoesntHaveHasNoHome) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  constexpr uid_t nobodyHasIt = 4242424;
  ASSERT_EQ(seteuid(nobodyHasIt), 0);
  const auto home = homeFolder(), cache = cacheHome();
  ASSERT_EQ(seteuid(0), 0);
  EXPECT_EQ(home, std::nullopt);
  EXPECT_EQ(cache, std::nullopt);
}

} // namespace
} // namespace ninc
