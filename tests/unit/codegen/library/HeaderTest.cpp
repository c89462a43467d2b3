// The generated header is used the way people will: by a C99 and a C++17 compiler at their most pedantic.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "codegen/library/Header.h"
#include "codegen/target/Targets.h"
#include "tests/unit/codegen/library/HandMadeModel.h"

namespace ninc::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const TensorType image{ElementType::f32, {3, 32, 16}, Layout::chw},
    vector10{ElementType::f32, {10}, Layout::chw};

Program program(const std::string &name, std::vector<NamedTensor> inputs = {{"image", image}},
                std::vector<NamedTensor> outputs = {{"prob", vector10}}) {
  Program program;
  program.interface = {name, 1, false, {{std::move(inputs), std::move(outputs)}}};
  Version version;
  version.target = parseTarget("x86-64-v3").value();
  version.scratchBytes = 1024;
  version.scratchBytesPerThread = 256;
  program.versions = {version};
  return program;
}

// The same with a version for each of these devices.
Program withDevices(Program program, const std::string &devices) {
  const Targets targets = parseTargets("x86-64-v3+" + devices).value();
  for (const GpuTarget &gpu : targets.devices) {
    Version device;
    device.target = gpu;
    program.devices.push_back({{std::move(device)}, {}});
  }
  return program;
}

// The same with another size of its maps.
Program withSize(Program program, std::int64_t rows, std::int64_t columns) {
  Size size = program.interface.sizes.front();
  size.inputs[0].type.shape = {3, rows, columns};
  program.interface.sizes.push_back(std::move(size));
  return program;
}

// Lines that include the headers of these programs, which are in the test's folder then.
std::string including(const std::vector<Program> &programs) {
  std::string lines;
  for (const Program &each : programs) {
    const std::string file = fmt::format("{}{}.h", each.interface.name, each.devices.empty() ? "" : "_gpu");
    writeFile(testFolder() / file, generateHeader(each).value());
    lines += fmt::format("#include \"{}\"\n", file);
  }
  return lines;
}

// The commands whose compiler is here.
std::vector<std::string> thatAreHere(std::vector<std::string> commands) {
  std::erase_if(commands, [](const std::string &command) {
    return runCommand("command -v " + command.substr(0, command.find(' '))).status != 0;
  });
  return commands;
}

// Compiles a file that includes the headers of these programs and then holds `code`, as C99 to C23 and as
// C++17.
void expectCompiles(const std::vector<Program> &programs, const std::string &code) {
  const std::string source = including(programs) + code + "\n";
  writeFile(testFolder() / "use.c", source);
  writeFile(testFolder() / "use.cpp", source);
  const std::string warnings = "-Wall -Wextra -pedantic -pedantic-errors -Werror -fsyntax-only ";
  for (const std::string &command :
       thatAreHere({"cc -std=c99 -Wstrict-prototypes ", "cc -std=gnu11 ", "cc -std=c2x -Wstrict-prototypes ",
                    "c++ -std=c++17 ", "clang -std=c2x -Wstrict-prototypes ", "clang++ -std=c++17 "})) {
    const bool isCxx = command.find("c++") != std::string::npos;
    const std::string file = (testFolder() / (isCxx ? "use.cpp" : "use.c")).string();
    const CommandResult compiled = runCommand(command + warnings + file);
    EXPECT_EQ(compiled.status, 0) << command << "\n" << compiled.output;
  }
}

TEST(Header, DeclaresTheTypedInterface) {
  expectCompiles({program("nin")}, R"(
    int use(const float *image, float *prob, void *scratch);
    int use(const float *image, float *prob, void *scratch) {
      int status = 0;
      ninc_executor *team = nin_team_create(2, &status);
      const ninc_model *model = nin_model();
      status = nin_supported() + nin_run(image, prob, scratch, team) + (nin_strerror(status) != 0) + model->batch;
      nin_team_destroy(team);
      return status;
    })");
}

TEST(Header, DeclaresWhatUsesADeviceWhereThereIsCodeForOne) {
  const Program both = withDevices(program("nin"), "opencl+sm_86");
  expectCompiles({both}, R"(
    int use(const float *image, float *prob);
    int use(const float *image, float *prob) {
      ninc_device_options options;
      ninc_state *state;
      ninc_native native;
      ninc_buffer in[NIN_INPUTS], out[NIN_OUTPUTS];
      int status;
      options.kind = NINC_DEVICE_CUDA;
      status = nin_create(&options, &state);
      if (status == NINC_ERROR_NO_DRIVER) return *nin_message(state);
      status = nin_run_on(state, image, prob) + nin_native(state, &native);
      in[0].memory = out[0].memory = NINC_ON_DEVICE;
      status = nin_enqueue(state, in, out, native.queue) + nin_wait(state);
      nin_destroy(state);
      return status;
    })");
  EXPECT_THAT(generateHeader(both).value(),
              HasSubstr("code for opencl (NINC_DEVICE_OPENCL), sm_86 (NINC_DEVICE_CUDA)"));
  EXPECT_THAT(generateHeader(program("nin")).value(), Not(HasSubstr("nin_create")));
}

TEST(Header, NumbersOfElementsAreIntegers) {
  Program choosing = program("nin");
  choosing.interface.sizes[0].outputs[0].type.element = ElementType::i64;
  expectCompiles({choosing}, R"(
    int use(const float *image, int64_t *prob);
    int use(const float *image, int64_t *prob) {
      typedef char bytes[NIN_PROB_BYTES == 80 ? 1 : -1];
      return nin_run(image, prob, 0, 0) + (int)sizeof(bytes);
    })");
  EXPECT_THAT(generateHeader(choosing).value(), HasSubstr("static int64_t prob_data["));
}

TEST(Header, MacrosSayEveryShapeAndSize) {
  expectCompiles({program("nin")}, R"(
    extern const long shape[];
    const long shape[NIN_IMAGE_RANK] = NIN_IMAGE_SHAPE;
    typedef char image_elements[NIN_IMAGE_ELEMENTS == 3 * 32 * 16 ? 1 : -1];
    typedef char image_bytes[NIN_IMAGE_BYTES == 4 * 3 * 32 * 16 ? 1 : -1];
    typedef char prob_elements[NIN_PROB_ELEMENTS == 10 ? 1 : -1];
    typedef char batch[NIN_BATCH == 1 ? 1 : -1];
    typedef char one_thread[NIN_SCRATCH_BYTES(1) == 1280 ? 1 : -1];
    typedef char three_threads[NIN_SCRATCH_BYTES(2 + 1) == 1792 ? 1 : -1];
    typedef char alignment[NIN_SCRATCH_ALIGNMENT == 128 ? 1 : -1];
    )");
}

TEST(Header, OfSeveralSizesSaysThemAndTheirNumbers) {
  expectCompiles({withSize(program("nin"), 64, 48)}, R"(
    extern const long shapes[NIN_SIZES][NIN_IMAGE_RANK];
    const long shapes[NIN_SIZES][NIN_IMAGE_RANK] = NIN_IMAGE_SHAPES;
    typedef char numbers[NIN_SIZE_32X16 == 0 && NIN_SIZE_64X48 == 1 ? 1 : -1];
    typedef char largest[NIN_IMAGE_ELEMENTS == 3 * 64 * 48 && NIN_IMAGE_BYTES == 4 * NIN_IMAGE_ELEMENTS ? 1 : -1];
    int use(const float *image, float *prob);
    int use(const float *image, float *prob) {
      return nin_run(nin_size_for(64, 48), image, prob, 0, 0);
    })");
}

TEST(Header, HasOnlyWhatTheModelHas) {
  const std::string plain = generateHeader(program("nin")).value();
  for (const char *word : {"nin_run_batch", "nin_size_for", "nin_use_target", "NIN_SIZES", "_SHAPES"})
    EXPECT_THAT(plain, Not(HasSubstr(word)));
  Program any = program("nin");
  any.interface.batch = 8, any.interface.anyBatch = true;
  EXPECT_THAT(generateHeader(any).value(), HasSubstr("int nin_run_batch(int32_t /* images */, "));
  Program both = program("nin");
  both.versions.push_back(both.versions.front());
  both.versions.back().target = parseTarget("x86-64-v2").value();
  const std::string text = generateHeader(both).value();
  EXPECT_THAT(text, HasSubstr("int nin_use_target(const char * /* target */);"));
  EXPECT_THAT(text, HasSubstr("for x86-64-v3 or x86-64-v2."));
}

// Compiles a file that includes the headers of these programs with their part for C++, by each standard.
void expectCompilesAsCxx(const std::vector<Program> &programs, const std::string &code) {
  writeFile(testFolder() / "use.cpp", "#define NINC_CXX\n" + including(programs) + code + "\n");
  for (const std::string &command : thatAreHere({"c++ -std=c++17", "c++ -std=c++20", "c++ -std=c++2b",
                                                 "clang++ -std=c++17", "clang++ -std=c++2b"})) {
    const CommandResult compiled =
        runCommand(command + " -Wall -Wextra -pedantic -Werror -Wshadow -Wconversion -fsyntax-only " +
                   (testFolder() / "use.cpp").string());
    EXPECT_EQ(compiled.status, 0) << command << "\n" << compiled.output;
  }
}

TEST(Header, HasAnObjectForCxx) {
  Program any = withSize(program("any"), 64, 48);
  any.interface.batch = 8, any.interface.anyBatch = true;
  expectCompilesAsCxx({program("nin"), any}, R"(
#include <array>
#include <vector>
#if __cplusplus >= 202002L
#include <span>
    void spans(ninc_cxx::nin_runner &nin, std::span<const float> in, std::span<float> out);
    void spans(ninc_cxx::nin_runner &nin, std::span<const float> in, std::span<float> out) { nin.run(in, out); }
#endif
    void use(const std::vector<float> &image, std::array<float, 10> &prob);
    void use(const std::vector<float> &image, std::array<float, 10> &prob) {
      ninc_cxx::nin_runner nin(2);
      nin.run(image, prob);
      ninc_cxx::any_runner several;
      several.run(ANY_SIZE_64X48, 3, image, ninc_cxx::view<float>(prob.data(), 10));
    })");
}

TEST(Header, SeveralModelsMeetInOneFile) {
  expectCompiles(
      {program("nin"), program("Nin2"), program("nin2")},
      "int use(const float *x, float *y);\n"
      "int use(const float *x, float *y) { return nin_run(x, y, 0, 0) + Nin2_run(x, y, 0, 0); }\n");
}

TEST(Header, NamesThatDifferInCaseOnlyKeepTheirMacrosApart) {
  expectCompiles({program("m", {{"x", vector10}, {"X", image}})},
                 "typedef char sizes[M_x_ELEMENTS == 10 && M_X_ELEMENTS == 1536 ? 1 : -1];\n");
}

TEST(Header, DocumentsShapeAndLayout) {
  Program batched = program("nin");
  batched.interface.batch = 4;
  const std::string text = generateHeader(batched).value();
  EXPECT_THAT(text, HasSubstr("float[4][3][32][16]: 3 channels of 32 rows and 16 columns"));
  EXPECT_THAT(text, HasSubstr("4 images behind one another"));
}

TEST(Header, ItsExampleCompiles) {
  const std::string header = generateHeader(program("nin")).value();
  std::string body;
  std::istringstream lines(header.substr(0, header.find("*/")));
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(" *     ") && !line.starts_with(" *     //")) body += line.substr(7) + "\n";
  ASSERT_THAT(body, HasSubstr("nin_run("));
  writeFile(testFolder() / "nin.h", header);
  writeFile(testFolder() / "use.c",
            "#include <stdio.h>\n#include <stdlib.h>\n#include \"nin.h\"\nint main(void) {\n" + body +
                "return 0; }\n");
  const CommandResult compiled = runCommand("cc -std=c11 -Wall -Wextra -pedantic -Werror -fsyntax-only " +
                                            (testFolder() / "use.c").string());
  EXPECT_EQ(compiled.status, 0) << compiled.output;
}

TEST(Header, RefusesAModelsNameThatIsTaken) {
  for (const char *name : {"ninc", "ninc_team", "sem", "a_team"}) {
    const auto header = generateHeader(program(name));
    ASSERT_FALSE(header) << name;
    EXPECT_EQ(header.error().kind, ErrorKind::badInput);
  }
}

TEST(Header, OfALibraryForCpusAloneHasNothingOfDevices) {
  const std::string text = generateHeader(program("nin")).value();
  for (const char *word : {"ninc_device_", "ninc_state", "ninc_buffer", "NINC_DEVICE", "NINC_ERROR_NO_D",
                           "OpenCL", "CUDA", "cl_", "CU", "ninc_devices.h"})
    EXPECT_THAT(text, Not(HasSubstr(word)));
  EXPECT_THAT(generateHeader(withDevices(program("nin"), "opencl")).value(), Not(HasSubstr("#include \"")));
}

TEST(Header, OfLibrariesWithAndWithoutDevicesMeetInAnyOrder) {
  const Program cpu = program("a"), opencl = withDevices(program("b"), "opencl"),
                cuda = withDevices(program("c"), "cuda");
  const std::string code =
      "int use(const float *x, float *y);\n"
      "int use(const float *x, float *y) {\n"
      "  ninc_device_options options;\n"
      "  ninc_state *state;\n"
      "  options.kind = NINC_DEVICE_OPENCL;\n"
      "  return a_run(x, y, 0, 0) + b_create(&options, &state) + c_create(&options, &state) +\n"
      "         (a_model()->devices == 0) + b_model()->devices->n_halves;\n"
      "}\n";
  expectCompiles({cpu, opencl, cuda}, code);
  expectCompiles({cuda, cpu, opencl}, code);
  expectCompiles({opencl, cuda, cpu}, code);
}

TEST(Header, MayBeIncludedTwice) {
  expectCompiles({program("a"), program("a")}, "typedef int used;\n");
}

// What the compiler says of a file with these lines.
std::string complaintAbout(const std::string &lines) {
  writeFile(testFolder() / "use.c", lines + "int used;\n");
  const CommandResult compiled = runCommand("cc -std=c99 -fsyntax-only " + (testFolder() / "use.c").string());
  EXPECT_NE(compiled.status, 0);
  return compiled.output;
}

TEST(Header, OfAnotherModelOfTheSameNameIsRefused) {
  Program other = withDevices(program("nin"), "opencl");
  const std::string cpu = including({program("nin")}), gpu = including({other});
  EXPECT_THAT(complaintAbout(cpu + gpu), HasSubstr("headers of two different models called 'nin'"));
  EXPECT_THAT(complaintAbout(gpu + cpu), HasSubstr("headers of two different models called 'nin'"));
}

TEST(Header, OfAnotherAbiIsRefused) {
  EXPECT_THAT(complaintAbout("#define NINC_MODEL_ABI 2\n" + including({program("nin")})),
              HasSubstr("made by two versions of ninc"));
}

} // namespace
} // namespace ninc::testing
