// Values handed from process to process as bytes, whole or not at all.
#include "support/ByteStream.h"

#include <cstdint>
#include <gtest/gtest.h>
#include <limits>
#include <vector>

namespace ninc {
namespace {

struct Point {
  int x = 0, y = 0;
  friend bool operator==(const Point &, const Point &) = default;
};

struct Shape {
  std::string name;
  std::vector<Point> corners;
  std::vector<std::string> words;
  double area = 0;
  friend bool operator==(const Shape &, const Shape &) = default;
};

void walk(auto &stream, auto &shape) {
  stream.sequence(shape.name);
  stream.sequence(shape.corners);
  stream.each(shape.words, [](auto &to, auto &word) { to.sequence(word); });
  stream.number(shape.area);
}

const Shape triangle{"triangle", {{1, 2}, {-3, 4}, {0, 0}}, {"three", "", std::string("a\0b", 3)}, 1e-3};

std::string bytesOf(const Result<Shape> &shape) {
  return encodeResult(shape, [](auto &to, auto &one) { walk(to, one); });
}

std::optional<Result<Shape>> shapeFrom(std::string bytes) {
  return decodeResult<Shape>(std::move(bytes), [](auto &from, auto &one) { walk(from, one); });
}

TEST(ByteStream, KeepsEveryField) {
  const auto back = shapeFrom(bytesOf(triangle));
  ASSERT_TRUE(back && *back);
  EXPECT_EQ(**back, triangle);
}

TEST(ByteStream, KeepsAnErrorWithItsKind) {
  const auto back = shapeFrom(bytesOf(failInternal("no corners")));
  ASSERT_TRUE(back);
  ASSERT_FALSE(*back);
  EXPECT_EQ(back->error().kind, ErrorKind::internal);
  EXPECT_EQ(back->error().message, "no corners");
}

TEST(ByteStream, NothingComesOfBytesThatAreCutOffOrToldMore) {
  for (const std::string &bytes : {bytesOf(triangle), bytesOf(fail("no corners"))}) {
    for (std::size_t length = 0; length < bytes.size(); ++length)
      EXPECT_FALSE(shapeFrom(bytes.substr(0, length))) << length;
    EXPECT_FALSE(shapeFrom(bytes + "x"));
  }
}

TEST(ByteStream, DamagedBytesCostNeitherMemoryNorACrash) {
  const std::string bytes = bytesOf(triangle);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    for (const char damage : {'\x00', '\x7f', '\xff'}) {
      std::string damaged = bytes;
      damaged[i] = damage;
      shapeFrom(damaged); // a name of other letters is one, too
    }
}

TEST(ByteStream, ACountThatIsLargerThanTheRestIsNotBelieved) {
  ByteWriter writer;
  writer.number(std::numeric_limits<std::size_t>::max());
  std::vector<double> numbers = {1};
  ByteReader sequence(writer.bytes);
  sequence.sequence(numbers);
  EXPECT_FALSE(sequence.finished());
  EXPECT_EQ(numbers, std::vector<double>{1});
  std::vector<std::string> words;
  ByteReader each(writer.bytes);
  each.each(words, [](auto &from, auto &word) { from.sequence(word); });
  EXPECT_FALSE(each.finished());
}

TEST(ResultOfBytes, KeepsBytesAndErrors) {
  for (const std::string &text : {std::string(), std::string("\0m", 2), std::string(1 << 20, 'f')}) {
    const auto back = decodeResult(encodeResult(text));
    ASSERT_TRUE(back && *back);
    EXPECT_EQ(**back, text);
  }
  const auto failed = decodeResult(encodeResult(fail("")));
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->error().kind, ErrorKind::badInput);
}

TEST(ResultOfBytes, IsNoneWhereNothingWasEncoded) {
  EXPECT_FALSE(decodeResult(""));
  EXPECT_FALSE(decodeResult("something else"));
  EXPECT_FALSE(decodeResult("f"));
}

} // namespace
} // namespace ninc
