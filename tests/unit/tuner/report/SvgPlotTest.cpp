#include "tuner/report/SvgPlot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <vector>

#include "tests/unit/tuner/report/Markup.h"

namespace ninc {
namespace {

using testing::AllOf;
using testing::DoubleEq;
using testing::ElementsAre;
using testing::Ge;
using testing::HasSubstr;
using testing::Le;
using testing::SizeIs;

using Values = std::vector<double>;

TEST(EscapeHtml, LeavesNothingThatMarkupMeans) {
  EXPECT_EQ(escapeHtml("a<b> & \"c\" 'd'"), "a&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;");
  EXPECT_EQ(escapeHtml("two\nlines\tand \u00e4\u20ac"), "two\nlines\tand \u00e4\u20ac");
}

TEST(EscapeHtml, ReplacesWhatIsNoCharacter) {
  EXPECT_EQ(escapeHtml(std::string_view("a\0b\x1b\r", 5)), "a\ufffdb\ufffd\ufffd");
  EXPECT_EQ(escapeHtml("x\xff\xc3"), "x\ufffd\ufffd");
}

TEST(MarkupError, FindsWhatIsWrong) {
  EXPECT_EQ(markupError("<!DOCTYPE html>\n<a b=\"c\"><d/>&amp; e</a>\n"), "");
  for (const char *page :
       {"<a>", "<a></b>", "</a>", "<a/><b/>", "<a b></a>", "<a b=c></a>", "<a b=\"<\"></a>", "<a>&</a>",
        "<a>&nbsp;</a>", "<a b=\"1\" b=\"2\"/>", "<a>\x01</a>", "<a>\xff</a>", "text", "<a", "< a/>"})
    EXPECT_NE(markupError(page), "") << page;
}

TEST(LinearAxis, LabelsWholeNumbers) {
  const Axis axis(Scale::linear, Values{0, 37});
  EXPECT_EQ(axis.position(0), 0);
  EXPECT_EQ(axis.position(37), 1);
  EXPECT_THAT(axis.ticks(), ElementsAre(0, 5, 10, 15, 20, 25, 30, 35));
  EXPECT_THAT(Axis(Scale::linear, Values{0, 1}).ticks(), ElementsAre(0, 1));
  EXPECT_THAT(Axis(Scale::linear, Values{0, 2000}).ticks(), ElementsAre(0, 500, 1000, 1500, 2000));
}

TEST(LinearAxis, HasAWidth) {
  EXPECT_EQ(Axis(Scale::linear, Values{3, 3}).position(4), 1);
  EXPECT_THAT(Axis(Scale::linear, Values{0}).ticks(), ElementsAre(0, 1));
}

TEST(LogarithmicAxis, PutsEqualRatiosAtEqualDistances) {
  const Axis axis(Scale::logarithmic, Values{0.5, 8});
  EXPECT_NEAR(axis.position(2) - axis.position(1), axis.position(8) - axis.position(4), 1e-12);
  EXPECT_THAT(axis.ticks(), ElementsAre(DoubleEq(0.5), DoubleEq(1), DoubleEq(2), DoubleEq(5)));
}

TEST(LogarithmicAxis, LeavesRoomAtBothEnds) {
  const Axis axis(Scale::logarithmic, Values{1, 100});
  EXPECT_GT(axis.position(1), 0.01);
  EXPECT_LT(axis.position(100), 0.99);
}

TEST(LogarithmicAxis, LabelsNarrowRangesEvenly) {
  const Axis axis(Scale::logarithmic, Values{0.92, 1});
  EXPECT_THAT(axis.ticks(), ElementsAre(DoubleEq(0.92), DoubleEq(0.94), DoubleEq(0.96), DoubleEq(0.98),
                                        DoubleEq(1), DoubleEq(1.02)));
}

TEST(LogarithmicAxis, LabelsEveryRange) {
  for (double least = 1e-30; least < 1e30; least *= 7.3)
    for (double ratio = 1; ratio < 1e60; ratio *= 1 + ratio) {
      const Axis axis(Scale::logarithmic, Values{least, least * ratio});
      EXPECT_THAT(axis.ticks(), SizeIs(AllOf(Ge(1u), Le(12u)))) << least << " " << ratio;
      for (double tick : axis.ticks())
        EXPECT_THAT(axis.position(tick), AllOf(Ge(-1e-9), Le(1 + 1e-9))) << least << " " << ratio;
    }
}

TEST(SvgPlot, DrawsWhatItIsGiven) {
  SvgPlot plot("a <plot>", Axis(Scale::linear, Values{0, 10}), {"number", ""},
               Axis(Scale::logarithmic, Values{1, 1}), {"ratio", "x"});
  plot.dot({5, 1}, "dot & tip");
  plot.crossAtTop(10, "cross");
  plot.line(std::vector<Point>{{0, 1}, {10, 1}}, "best");
  const std::string svg = plot.svg();
  EXPECT_EQ(markupError(svg), "");
  EXPECT_THAT(svg, HasSubstr("aria-label=\"a &lt;plot&gt;\""));
  // The middle of both axes.
  EXPECT_THAT(svg, HasSubstr("cx=\"344.0\" cy=\"150.0\" r=\"3.5\"><title>dot &amp; tip</title>"));
  EXPECT_THAT(svg, HasSubstr("points=\"64.0,150.0 624.0,150.0 \""));
  EXPECT_THAT(svg, HasSubstr(">1x</text>"));
}

TEST(SvgPlot, WritesLargeNumbersShort) {
  const std::string svg = SvgPlot("a plot", Axis(Scale::logarithmic, Values{1e3, 1e6}), {"", ""},
                                  Axis(Scale::logarithmic, Values{2e13, 5e14}), {"", ""})
                              .svg();
  for (const char *label : {">1000<", ">10k<", ">100k<", ">1M<", ">20T<", ">500T<"})
    EXPECT_THAT(svg, HasSubstr(label));
}

} // namespace
} // namespace ninc
