#include "driver/CompileCached.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/driver/Scene.h"

namespace ninc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class CacheKeys : public Scene {
protected:
  std::string key(const Request &wish, const char *model = smallModel) {
    const WrittenModel written = readModel(write("m.nin", model), ImportOptions{}, {}).value();
    const Build build = resolve(wish).value();
    return cacheKey(written, build, openSchedules(build, Listener{}).value());
  }
};

TEST_F(CacheKeys, AreEqualForEqualRequests) {
  EXPECT_EQ(key(request()), key(request()));
}

TEST_F(CacheKeys, ChangeWithWhatTheLibraryDependsOn) {
  const std::string usual = key(request());
  const std::pair<const char *, std::function<void(Request &)>> changes[] = {
      {"the target", [](Request &r) { r.target = "x86-64-v2"; }},
      {"a device", [](Request &r) { r.target = "x86-64-v3+opencl"; }},
      {"the device that it runs on",
       [](Request &r) {
         r.device = {NINC_DEVICE_OPENCL, 0};
       }},
      {"the batch", [](Request &r) { r.batch = 2; }},
      {"exactness", [](Request &r) { r.exact = true; }},
      {"schedules", [&](Request &r) { r.scheduleFile = write("s.txt", "# none\n"); }}};
  for (const auto &[what, change] : changes) {
    Request other = request();
    change(other);
    EXPECT_NE(key(other), usual) << what;
  }
}

TEST_F(CacheKeys, ChangeWithTheModelAndItsWeights) {
  std::string other = smallModel;
  other.replace(other.find("seed 3"), 6, "seed 4");
  EXPECT_NE(key(request(), other.c_str()), key(request()));
  other = smallModel;
  other.replace(other.find("pad 1"), 5, "pad 2");
  EXPECT_NE(key(request(), other.c_str()), key(request()));
}

TEST_F(CacheKeys, DoNotChangeWithWhatMakesNoDifference) {
  const std::string usual = key(request());
  Request other = request();
  other.jobs = 7;
  other.threads = 2; // without records
  EXPECT_EQ(key(other), usual);
  EXPECT_EQ(key(request(), (std::string("# a comment\n") + smallModel).c_str()), usual);
}

TEST_F(CacheKeys, OfAFileOfSchedulesAreOfWhatItHolds) {
  Request one = request(), other = request();
  one.scheduleFile = write("one.txt", "# none\n");
  other.scheduleFile = write("other.txt", "# none\n");
  EXPECT_EQ(key(one), key(other));
}

// For this machine, since what is cached is run.
class Cached : public Scene {
protected:
  Request here() {
    Request wish = request();
    wish.target = "host";
    return wish;
  }
  Result<CachedLibrary> cached(const Request &wish) {
    done.clear();
    return cachedLibrary(small(), resolve(wish).value(), listener());
  }
};

TEST_F(Cached, AModelIsCompiledOnceAndThenFound) {
  const Result<CachedLibrary> first = cached(here());
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_THAT(done, ElementsAre(HasSubstr("small.nin into the cache")));
  const Result<CachedLibrary> second = cached(here());
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_THAT(done, IsEmpty());
  EXPECT_TRUE(second->path.string().starts_with(path("cache"))) << second->path;
}

TEST_F(Cached, WithoutACacheItIsCompiledIntoMemory) {
  write("cache", "no folder");
  const Result<CachedLibrary> library = cached(here());
  ASSERT_TRUE(library) << library.error().message;
  EXPECT_TRUE(library->memory);
  EXPECT_THAT(done, ElementsAre(HasSubstr("small.nin, without a cache: ")));
}

TEST_F(Cached, CodeThatCannotRunHereIsRefusedBeforeTheWork) {
  Request wish = here();
  wish.target = "aarch64";
  const Result<CachedLibrary> library = cached(wish);
  ASSERT_FALSE(library);
  EXPECT_THAT(library.error().message, HasSubstr("can't run on this machine"));
  EXPECT_THAT(done, IsEmpty());
}

} // namespace
} // namespace ninc
