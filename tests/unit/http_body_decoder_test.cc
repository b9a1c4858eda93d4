// Bodies taken off their framing: a table of refusals, and every body both whole and byte by byte.
#include "http/body_decoder.h"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "support/test_worker.h"

namespace sluice::http {

class Decoder : public testing::Test {
 protected:
  struct Decoded {
    std::string body;
    std::string left;  // not taken
    size_t framing_bytes = 0;
    std::optional<MessageError> error;
  };

  // Feeds `text` in pieces of `piece` bytes, emptying the output after each.
  Decoded feed(std::string_view text, size_t piece) {
    Decoded all;
    SliceQueue in(worker.nodes), out(worker.nodes);
    for (size_t at = 0; at < text.size() && !all.error; at += piece) {
      SliceQueue more = worker.slices(text.substr(at, piece));
      in.splice(more);
      for (size_t before = in.size() + 1; in.size() < before && !all.error;) {
        before = in.size();
        auto outcome = decoder.decode(in, out);
        all.framing_bytes += outcome.framing_bytes;
        all.error = outcome.error;
        all.body += test::text_of(out);
        out.clear();
      }
    }
    all.left = test::text_of(in);
    return all;
  }

  test::TestWorker worker;
  Arena arena{worker.blocks};
  BodyDecoder decoder{arena};
};

TEST_F(Decoder, NoneIsCompleteAtOnce) {
  decoder.start({Framing::kNone, 0}, {});
  EXPECT_TRUE(decoder.complete());
  decoder.start({Framing::kLength, 0}, {});
  EXPECT_TRUE(decoder.complete());
}

TEST_F(Decoder, Length_TakesExactlyThatMuch) {
  for (size_t piece : {1, 3, 100}) {
    decoder.start({Framing::kLength, 5}, {});
    const Decoded decoded = feed("hello next", piece);
    EXPECT_EQ(decoded.body, "hello");
    EXPECT_TRUE(decoder.complete());
    EXPECT_EQ(decoder.remaining(), 0u);
    EXPECT_FALSE(decoded.error);
  }
}

TEST_F(Decoder, Length_EndsEarly) {
  decoder.start({Framing::kLength, 5}, {});
  feed("hel", 3);
  EXPECT_EQ(decoder.remaining(), 2u);
  const auto error = decoder.end_of_stream();
  ASSERT_TRUE(error);
  EXPECT_EQ(error->error.reason, Counter::kHttpClientClosed);
}

TEST_F(Decoder, UntilClose_EndsWithTheStream) {
  decoder.start({Framing::kUntilClose, 0}, {});
  EXPECT_EQ(feed("abc", 2).body, "abc");
  EXPECT_FALSE(decoder.complete());
  EXPECT_FALSE(decoder.end_of_stream());
  EXPECT_TRUE(decoder.complete());
}

TEST_F(Decoder, Chunked_GivesItsDataAndLeavesWhatFollows) {
  const std::string text = "5\r\nhello\r\n000A;x=\"y z\"\r\n0123456789\r\n0\r\n\r\nGET /";
  for (size_t piece : {1, 2, 7, 100}) {
    decoder.start({Framing::kChunked, 0}, {});
    const Decoded decoded = feed(text, piece);
    ASSERT_FALSE(decoded.error) << decoded.error->error.where;
    EXPECT_EQ(decoded.body, "hello0123456789");
    EXPECT_TRUE(decoder.complete());
    EXPECT_EQ(decoded.framing_bytes, text.size() - 5 - 15);
  }
}

TEST_F(Decoder, Chunked_Trailers) {
  for (size_t piece : {1, 3, 100}) {
    decoder.start({Framing::kChunked, 0}, {});
    const Decoded decoded = feed("3\r\nabc\r\n0\r\nX-T: 1\r\nHost: evil\r\nX-U: 2\r\n\r\n", piece);
    ASSERT_FALSE(decoded.error);
    EXPECT_TRUE(decoder.complete());
    EXPECT_EQ(decoder.trailers().size(), 2u);
    EXPECT_EQ(decoder.trailers().find("x-t"), "1");
    EXPECT_EQ(decoder.trailers().find("x-u"), "2");
  }
}

TEST_F(Decoder, Chunked_DataIsNotCopied) {
  decoder.start({Framing::kChunked, 0}, {});
  SliceQueue in = worker.slices("5\r\nhello\r\n"), out(worker.nodes);
  const std::byte* at = in.front().data() + 3;
  ASSERT_FALSE(decoder.decode(in, out).error);
  EXPECT_EQ(out.front().data(), at);
}

TEST_F(Decoder, Chunked_TinyChunksFillABoundedQueue) {
  decoder.start({Framing::kChunked, 0}, {});
  std::string text;
  for (int i = 0; i < 500; ++i) text += "1\r\nx\r\n";
  SliceQueue in = worker.slices(text), out(worker.nodes);
  ASSERT_FALSE(decoder.decode(in, out).error);
  EXPECT_EQ(out.size(), BodyDecoder::kMostSlices);
  ASSERT_FALSE(decoder.decode(in, out).error);
  EXPECT_EQ(out.size(), BodyDecoder::kMostSlices);
  out.clear();
  ASSERT_FALSE(decoder.decode(in, out).error);
  EXPECT_EQ(out.size(), BodyDecoder::kMostSlices);
}

TEST_F(Decoder, Chunked_EndsEarly) {
  for (const char* text : {"", "5", "5\r\nhel", "5\r\nhello\r\n", "0\r\n", "0\r\nX: 1\r\n"}) {
    decoder.start({Framing::kChunked, 0}, {});
    ASSERT_FALSE(feed(text, 1).error) << text;
    EXPECT_TRUE(decoder.end_of_stream()) << text;
  }
}

struct BadChunk {
  std::string name;
  std::string text;
  uint16_t status;
  Counter reason;
};
void PrintTo(const BadChunk& c, std::ostream* out) {
  *out << c.name;
}

class RefusedChunks : public Decoder, public testing::WithParamInterface<BadChunk> {};

TEST_P(RefusedChunks, HoweverTheyArrive) {
  for (size_t piece : {size_t{1}, size_t{2}, GetParam().text.size()}) {
    decoder.start({Framing::kChunked, 0}, {.body_bytes = 1000, .chunk_line_bytes = 32});
    const Decoded decoded = feed(GetParam().text, piece);
    ASSERT_TRUE(decoded.error) << piece;
    EXPECT_EQ(decoded.error->status, GetParam().status);
    EXPECT_EQ(decoded.error->error.reason, GetParam().reason)
        << kCounterInfo[static_cast<size_t>(decoded.error->error.reason)].metric;
    EXPECT_FALSE(decoder.complete() && GetParam().reason != Counter::kHttpTrailers);
  }
}

std::string extended_chunks() {
  std::string text;
  for (int i = 0; i < 30; ++i) text += "1;" + std::string(24, 'e') + "\r\nx\r\n";
  return text;
}

INSTANTIATE_TEST_SUITE_P(
    Table, RefusedChunks,
    testing::ValuesIn(std::vector<BadChunk>{
        {"NotHex", "zz\r\nabc\r\n", 400, Counter::kHttpChunkSize},
        {"EmptySize", "\r\nabc", 400, Counter::kHttpChunkSize},
        {"ExtensionWithoutSize", ";x\r\n", 400, Counter::kHttpChunkSize},
        {"Negative", "-1\r\n", 400, Counter::kHttpChunkSize},
        {"Signed", "+1\r\nx\r\n", 400, Counter::kHttpChunkSize},
        {"Prefixed", "0x1\r\nx\r\n", 400, Counter::kHttpChunkSize},
        {"SpaceInFront", " 1\r\nx\r\n", 400, Counter::kHttpChunkSize},
        {"SpaceBehind", "1 \r\nx\r\n", 400, Counter::kHttpChunkSize},
        {"SpaceBeforeExtension", "1 ;x\r\ny\r\n", 400, Counter::kHttpChunkSize},
        {"TabBehind", "1\t\r\nx\r\n", 400, Counter::kHttpChunkSize},
        {"Overflows", "10000000000000000\r\n", 400, Counter::kHttpChunkSize},
        {"OverflowsSigned", "8000000000000000\r\n", 400, Counter::kHttpChunkSize},
        {"BareLfBehindSize", "1\nx\r\n", 400, Counter::kHttpLineEnding},
        {"BareCrBehindSize", "1\rx\r\n", 400, Counter::kHttpLineEnding},
        {"BareLfInExtension", "1;a\nx\r\n", 400, Counter::kHttpChunkLine},
        {"BareCrInExtension", "1;a\rb\r\nx\r\n", 400, Counter::kHttpLineEnding},
        {"NulInExtension", std::string("1;\0\r\nx\r\n", 8), 400, Counter::kHttpChunkLine},
        {"DataTooLong", "1\r\nxy\r\n", 400, Counter::kHttpChunkEnd},
        {"BareLfBehindData", "1\r\nx\n", 400, Counter::kHttpChunkEnd},
        {"BareCrBehindData", "1\r\nx\r1\r\n", 400, Counter::kHttpChunkEnd},
        {"SizeLineTooLong", std::string(33, '0') + "\r\n", 400, Counter::kHttpChunkLine},
        {"ExtensionTooLong", "1;" + std::string(40, 'x') + "\r\n", 400, Counter::kHttpChunkLine},
        {"ExtensionsTooLongInAll", extended_chunks(), 400, Counter::kHttpChunkLine},
        {"OneChunkOverTheLimit", "3e9\r\n", 413, Counter::kHttpBodyTooLarge},
        {"ChunksOverTheLimit", "3e8\r\n" + std::string(1000, 'x') + "\r\n1\r\nx\r\n", 413, Counter::kHttpBodyTooLarge},
        {"BadTrailer", "0\r\nX : 1\r\n\r\n", 400, Counter::kHttpTrailers},
        {"FoldedTrailer", "0\r\nX: 1\r\n 2\r\n\r\n", 400, Counter::kHttpTrailers},
        {"BareLfInTrailers", "0\r\nX: 1\n\r\n", 400, Counter::kHttpTrailers},
        {"BareLfAtTheEnd", "0\r\n\n", 400, Counter::kHttpTrailers},
        {"TrailersTooLong", "0\r\nX: " + std::string(9000, 'x') + "\r\n\r\n", 400, Counter::kHttpTrailers},
    }),
    [](const auto& info) { return info.param.name; });

}  // namespace sluice::http
