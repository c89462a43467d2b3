#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>

#include "OnnxFile.h"
#include "frontend/onnx/OnnxModel.h"

namespace ninc::testing {
namespace {

using ::testing::ElementsAre;

// Numbers that lie in `location`, from byte `offset` on.
void addOutside(OnnxFile &file, const char *name, const char *location, int offset, int count) {
  onnx::TensorProto &tensor = *file.model.mutable_graph()->add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  tensor.add_dims(count);
  tensor.set_data_location(onnx::TensorProto::EXTERNAL);
  for (const auto &[key, value] : {std::pair{"location", std::string(location)},
                                   {"offset", std::to_string(offset)},
                                   {"length", std::to_string(4 * count)}}) {
    auto *entry = tensor.add_external_data();
    entry->set_key(key);
    entry->set_value(value);
  }
}

TEST(OnnxExternalData, IsReadAndItsFilesAreNamedOnceEach) {
  const std::filesystem::path folder = std::filesystem::path(::testing::TempDir()) / "external data";
  std::filesystem::create_directories(folder / "below");
  const float numbers[] = {1, 2, 10, 20};
  for (const char *name : {"one.bin", "below/two.bin", "unread.bin"})
    std::ofstream(folder / name, std::ios::binary)
        .write(reinterpret_cast<const char *>(numbers), sizeof numbers);

  OnnxFile file;
  file.input("x", {1, 2}).output("y");
  addOutside(file, "a", "one.bin", 0, 2);
  addOutside(file, "b", "one.bin", 8, 2);
  addOutside(file, "c", "below/two.bin", 4, 2);
  file.node("Mul", {"x", "a"}, {"ax"});
  file.node("Mul", {"ax", "b"}, {"abx"});
  file.node("Add", {"abx", "c"}, {"y"});

  Diagnostics diagnostics;
  const Imported imported{importOnnx({folder / "m.onnx", file.bytes()}, {}, diagnostics), {}};
  EXPECT_FALSE(diagnostics.hasErrors());
  EXPECT_THAT(evaluate(imported, {1, 1}), ElementsAre(1 * 10 + 2, 2 * 20 + 10));
  EXPECT_THAT(imported.model->origin.files, ElementsAre(folder / "below/two.bin", folder / "one.bin"));
  std::filesystem::remove_all(folder);
}

TEST(OnnxExternalData, IsNoneOfAModelThatHasItsNumbersItself) {
  OnnxFile file;
  file.input("x", {1, 2}).output("y").weight("w", {2}, {1, 2}).node("Mul", {"x", "w"}, {"y"});
  const Imported imported = import(file);
  ASSERT_TRUE(imported.model) << imported.said;
  EXPECT_TRUE(imported.model->origin.files.empty());
}

} // namespace
} // namespace ninc::testing
