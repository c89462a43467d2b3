#include "driver/CompileModel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/driver/Scene.h"

namespace ninc {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class Compiling : public Scene {
protected:
  Result<Compiled> compiled(const std::string &output, const std::string &model = smallModel) {
    Request wish = request();
    wish.model = write("small.nin", model);
    outputs.output = path(output);
    return compileFile(wish, outputs, listener());
  }
  Outputs outputs;
};

TEST_F(Compiling, MakesALibraryWithItsHeader) {
  const Result<Compiled> made = compiled("out.so");
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->product, Product::sharedLibrary);
  ASSERT_TRUE(made->statistics);
  EXPECT_EQ(made->statistics->kernels, 1u);
  EXPECT_THAT(contents("out.so"), StartsWith("\x7f"
                                             "ELF"));
  EXPECT_THAT(contents("out.h"), HasSubstr("small_run"));
}

TEST_F(Compiling, MakesTheGraphsTextOfWhichTheSameLibraryComes) {
  const Result<Compiled> made = compiled("out.nin");
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_FALSE(made->product);
  EXPECT_FALSE(made->statistics);
  EXPECT_THAT(contents("out.nin"), HasSubstr("prob = mlpconv image [conv 3x3 pad 1 -> 4"));
  EXPECT_TRUE(readModel(path("out.nin"), ImportOptions{}, listener()));
}

TEST_F(Compiling, TellsWhatWasFusedAndWhyAKernelIsComputedSo) {
  ASSERT_TRUE(compiled("out.so"));
  EXPECT_THAT(told, Contains(HasSubstr("'prob' is computed by")));
}

TEST_F(Compiling, TellsWhatIsWrongWithTheModelAndHasNoMoreToSay) {
  const Result<Compiled> made = compiled("out.so", "model small\nimage = inptu f32[2, 6, 6]\noutput image\n");
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().message, "");
  EXPECT_THAT(told, Contains(HasSubstr("inptu")));
}

TEST_F(Compiling, OverwritesNeitherItsInputsNorOthersFiles) {
  EXPECT_EQ(compiled("small.nin").error().kind, ErrorKind::usage);
  EXPECT_EQ(contents("small.nin"), smallModel);
  write("out.so", "somebody's\n");
  EXPECT_FALSE(compiled("out.so"));
  EXPECT_EQ(contents("out.so"), "somebody's\n");
}

TEST_F(Compiling, WritesARuleForMakeOfAllThatWasRead) {
  outputs.dependencyFile = true;
  ASSERT_TRUE(compiled("out.dot"));
  EXPECT_EQ(contents("out.d"), path("out.dot") + ": " + path("small.nin") + "\n");
}

TEST_F(Compiling, ListensToEachPassAndThenToAll) {
  std::vector<std::string> passes;
  std::size_t timed = 0;
  Listener all;
  all.afterPass = [&](const Pass &pass, const Graph &, bool) { passes.emplace_back(pass.name); };
  all.afterPasses = [&](const std::vector<PassTiming> &timings) { timed = timings.size(); };
  ASSERT_TRUE(optimise(small(), all));
  EXPECT_THAT(passes, Contains("fuse-mlpconv"));
  EXPECT_EQ(timed, passes.size());
}

TEST_F(Compiling, LeavesTheModelAsItWasWritten) {
  const WrittenModel model = small();
  const std::size_t ops = model.graph.topologicalOrder().size();
  ASSERT_TRUE(optimise(model, listener()));
  EXPECT_EQ(model.graph.topologicalOrder().size(), ops);
}

// A folder for what lies between.
class Temporaries : public Compiling {
protected:
  Temporaries() { outputs.saveTemps = true; }
};

TEST_F(Temporaries, AreKeptAndReplaced) {
  ASSERT_TRUE(compiled("out.so"));
  EXPECT_THAT(contents("out.temps/small.kernel0.o"), StartsWith("\x7f"
                                                                "ELF"));
  EXPECT_THAT(contents("out.temps/small.host.ll"), StartsWith("; ModuleID"));
  const Result<Compiled> again = compiled("out.so");
  EXPECT_TRUE(again) << again.error().message;
}

TEST_F(Temporaries, DoNotGoIntoAFolderWithSomethingElse) {
  std::filesystem::create_directory(path("out.temps"));
  write("out.temps/small.kernel0.o", "mine");
  EXPECT_THAT(compiled("out.so").error().message, HasSubstr("isn't empty"));
  EXPECT_EQ(contents("out.temps/small.kernel0.o"), "mine");
}

TEST_F(Temporaries, ReplaceNothingThatSomebodyPutAmongThem) {
  ASSERT_TRUE(compiled("out.so"));
  for (const std::string name :
       {"small.kernel0.o", "small.host.ll", "small.opencl_kernel0.cl", "small.sm_80_kernel0.ptx"}) {
    const std::string file = "out.temps/" + name,
                      before = std::filesystem::exists(path(file)) ? contents(file) : "";
    write(file, "mine\n");
    const Result<Compiled> again = compiled("out.so");
    ASSERT_FALSE(again) << name;
    EXPECT_THAT(again.error().message, HasSubstr(name));
    EXPECT_EQ(contents(file), "mine\n");
    before.empty() ? static_cast<void>(std::filesystem::remove(path(file)))
                   : static_cast<void>(write(file, before));
  }
}

TEST_F(Temporaries, OfOtherNamesAreNobodysBusiness) {
  ASSERT_TRUE(compiled("out.so"));
  write("out.temps/notes.txt", "mine\n");
  write("out.temps/other.o", "mine\n");
  EXPECT_TRUE(compiled("out.so"));
  EXPECT_EQ(contents("out.temps/other.o"), "mine\n");
}

} // namespace
} // namespace ninc
