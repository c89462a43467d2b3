// Whatever the files hold costs a message.
#include <cmath>
#include <gmock/gmock.h>
#include <random>

#include "CaffeNet.h"

namespace ninc::caffe_testing {
namespace {

using ::testing::HasSubstr;

// A bit of everything.
CaffeNet smallNet() {
  CaffeNet file(net(
      {1, 1, 4, 4},
      "layer { name: 'c' type: 'Convolution' bottom: 'x' top: 'c' convolution_param { num_output: 2 "
      "kernel_size: 2 } }\n"
      "layer { name: 'n' type: 'BatchNorm' bottom: 'c' top: 'c' }\n"
      "layer { name: 's' type: 'Scale' bottom: 'c' top: 'c' scale_param { bias_term: true } }\n"
      "layer { name: 'p' type: 'Pooling' bottom: 'c' top: 'p' pooling_param { kernel_size: 2 stride: 2 } }\n"
      "layer { name: 'r' type: 'Reshape' bottom: 'p' top: 'r' reshape_param { shape { dim: 0 dim: -1 } } }\n"
      "layer { name: 'y' type: 'InnerProduct' bottom: 'r' top: 'y' inner_product_param { num_output: 2 } "
      "}\n"));
  file.blob("c", {2, 1, 2, 2}, std::vector<float>(8, 1)).blob("c", {2}, {1, 2});
  file.blob("n", {2}, {1, 2}).blob("n", {2}, {1, 2}).blob("n", {1}, {1});
  file.blob("s", {2}, {1, 2}).blob("s", {2}, {1, 2});
  return file.blob("y", {2, 8}, std::vector<float>(16, 1)).blob("y", {2}, {1, 2});
}

TEST(HostileCaffeNet, TheSmallOneIsSound) {
  const Imported imported = import(smallNet());
  ASSERT_TRUE(imported.model) << imported.said;
}

TEST(HostileCaffeNet, CutOffAnywhere) {
  const CaffeNet whole = smallNet();
  const std::string trained = whole.trained.SerializeAsString();
  for (std::size_t length = 0; length < whole.text.size(); ++length)
    import(whole.text.substr(0, length), trained);
  for (std::size_t length = 0; length < trained.size(); length += 3)
    EXPECT_FALSE(import(whole.text, trained.substr(0, length)).model);
}

TEST(HostileCaffeNet, WithBytesChanged) {
  const CaffeNet whole = smallNet();
  const std::string trained = whole.trained.SerializeAsString();
  std::mt19937 random(7);
  const auto damaged = [&](std::string bytes) {
    for (unsigned count = 1 + random() % 3; count > 0; --count)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    return bytes;
  };
  for (int i = 0; i < 2000; ++i)
    import(damaged(whole.text), trained);
  for (int i = 0; i < 500; ++i)
    import(whole.text, damaged(trained));
}

// Numbers, and words that stand where they may, in other places.
TEST(HostileCaffeNet, WithOtherNumbers) {
  const CaffeNet whole = smallNet();
  const std::string trained = whole.trained.SerializeAsString();
  const std::string numbers[] = {"0",     "-1",         "1",          "3",
                                 "65536", "2147483647", "4294967295", "9223372036854775807"};
  for (std::size_t at = 0; at < whole.text.size(); ++at)
    if (whole.text[at] >= '0' && whole.text[at] <= '9')
      for (const std::string &number : numbers) {
        std::string changed = whole.text;
        import(changed.replace(at, 1, number), trained);
      }
}

TEST(HostileCaffeNet, NestedDeeply) {
  std::string deep = "layer { a";
  for (int i = 0; i < 100000; ++i)
    deep += "{ a";
  EXPECT_THAT(import(deep, "").said, HasSubstr("more than 64 deep"));
  EXPECT_THAT(import("layer { a: " + std::string(100000, '['), "").said, HasSubstr("more than 64 deep"));
  EXPECT_THAT(import("layer { a " + std::string(100000, '<'), "").said, HasSubstr("more than 64 deep"));
  // Of what stands in words and comments nothing is counted.
  EXPECT_TRUE(import("# " + std::string(200, '{') + "\nname: \"" + std::string(200, '{') + "\"\n" +
                         net({1, 2}, layer("ReLU")),
                     "")
                  .model);
}

TEST(HostileCaffeNet, WithExtentsThatNoBlobHas) {
  const auto said = [](const std::vector<std::int64_t> &dims) {
    CaffeNet file(
        net({1, 2}, layer("InnerProduct", "inner_product_param { num_output: 3 bias_term: false }")));
    file.blob("y", dims, {1});
    return import(file).said;
  };
  EXPECT_THAT(said({-3, -2}), HasSubstr("its weights are [-3, -2] in the file"));
  EXPECT_THAT(said({1LL << 40, 1LL << 40}), HasSubstr("in the file, but [3, 2] are needed"));
  EXPECT_THAT(said(std::vector<std::int64_t>(2000, 1)), HasSubstr("error"));
  EXPECT_THAT(said({3, 2}), HasSubstr("which has 1 numbers for them"));
}

// A blob without a name gets one, and has no other.
TEST(HostileCaffeNet, WithABlobThatHasNoName) {
  for (const std::string &text :
       {net({1, 2}, layer("ReLU") + "layer { name: 'z' type: 'TanH' bottom: 'y' top: '' }"),
        std::string("input: '' input_shape { dim: 1 dim: 2 } "
                    "layer { name: 'y' type: 'ReLU' bottom: '' top: 'y' }")}) {
    const Imported imported = import(text, "");
    ASSERT_TRUE(imported.model) << imported.said;
    EXPECT_TRUE(imported.model->graph.originalNames.empty());
  }
}

// A small net has no use for all memory, whatever it makes numbers by.
TEST(HostileCaffeNet, ThatMakesManyNumbersOfFew) {
  ImportOptions shown;
  shown.weights = WeightLoading::skip;
  const auto said = [&](const std::vector<std::int64_t> &dims, const char *type, const char *fields) {
    return import(net(dims, layer(type, fields)), "", shown).said;
  };
  EXPECT_THAT(said({1, 1 << 27, 1, 1}, "BatchNorm", ""), HasSubstr("it needs a constant of [134217728]"));
  EXPECT_THAT(said({1, 1 << 27, 1, 1}, "Scale", ""), HasSubstr("it needs a constant of [134217728]"));
  EXPECT_THAT(said({1, 1 << 27, 1, 1}, "Normalize", ""),
              HasSubstr("it needs a constant of [1, 134217728, 1, 1]"));
  EXPECT_THAT(
      said({1, 1, 2, 2}, "Deconvolution", "convolution_param { num_output: 1 kernel_size: 1 stride: 16384 }"),
      HasSubstr("its weights are too many"));
}

TEST(HostileCaffeNet, WithNumbersThatNoKernelTakes) {
  CaffeNet file(net({1, 1}, layer("InnerProduct", "inner_product_param { num_output: 1 bias_term: false }")));
  file.blob("y", {1, 1}, {NAN});
  EXPECT_THAT(import(file).said, HasSubstr("the numbers of 'y.weight' [1, 1] have a NaN"));
  CaffeNet norm(net({1, 1}, layer("BatchNorm")));
  norm.blob("y", {1}, {0}).blob("y", {1}, {-1}).blob("y", {1}, {1});
  EXPECT_THAT(import(norm).said, HasSubstr("the variance of 'y' is -1"));
  CaffeNet slope(net({1, 1}, layer("PReLU", "prelu_param { channel_shared: true }")));
  slope.blob("y", {1}, {INFINITY});
  EXPECT_FALSE(import(slope).model);
  EXPECT_FALSE(import(net({1, 1}, layer("Power", "power_param { power: nan }")), "").model);
  EXPECT_FALSE(import(net({1, 1}, layer("Power", "power_param { scale: inf }")), "").model);
  EXPECT_FALSE(import(net({1, 1, 3, 3}, layer("LRN", "lrn_param { alpha: nan }")), "").model);
}

TEST(HostileCaffeNet, WithMoreThanThereIsMemoryFor) {
  EXPECT_FALSE(import(net({1, 60000, 60000, 60000}, layer("ReLU")), "").model);
  EXPECT_FALSE(import(net({1, 1}, layer("InnerProduct", "inner_product_param { num_output: 4294967295 }")),
                      "", {.weights = WeightLoading::skip})
                   .model);
  EXPECT_FALSE(
      import(
          net({1, 1, 2, 2},
              layer("Convolution",
                    "convolution_param { num_output: 4294967295 kernel_size: 4294967295 pad: 4294967295 }")),
          "", {.weights = WeightLoading::skip})
          .model);
}

TEST(HostileCaffeNet, WithADeconvolutionBeyondAllBounds) {
  for (const std::string fields :
       {"num_output: 1 kernel_size: 4294967295", "num_output: 1 kernel_size: 1 stride: 4294967295",
        "num_output: 1 kernel_size: 2 stride: 0", "num_output: 1 kernel_size: 2 dilation: 4294967295",
        "num_output: 1 kernel_size: 3 pad: 4294967295", "num_output: 4294967295 kernel_size: 4294967295",
        "num_output: 4 kernel_size: 70000 stride: 1", "num_output: 1 kernel_size: 1 stride: 40000"})
    EXPECT_FALSE(import(net({1, 1, 3, 3}, layer("Deconvolution", "convolution_param { " + fields + " }")), "",
                        {.weights = WeightLoading::skip})
                     .model)
        << fields;
}

TEST(HostileCaffeNet, ThatIsNoneAtAll) {
  EXPECT_THAT(import(smallNet().text, "hello, world").said, HasSubstr("is no caffemodel"));
  EXPECT_THAT(import(std::string("\0\1\2\xff", 4), "").said, HasSubstr("no Caffe net, which is a text"));
  EXPECT_THAT(import("model small\nx = input f32[4]\n", "").said, HasSubstr("the net can't be read"));
  const Imported missing = import(smallNet().text, "", {.weightFile = "/nonexistent/net.caffemodel"});
  EXPECT_THAT(missing.said, HasSubstr("/nonexistent/net.caffemodel"));
}

} // namespace
} // namespace ninc::caffe_testing
