// Heads and trailer sections found in a stream, whole and in pieces.
#include "http/head_reader.h"

#include <gtest/gtest.h>

#include <string>

#include "support/test_worker.h"

namespace sluice::http {

class Reader : public testing::Test {
 protected:
  using Status = HeadReader::Status;

  void arrive(std::string_view text) {
    SliceQueue more = worker.slices(text);
    in.splice(more);
  }
  HeadReader::Outcome read(LeadingEmptyLine leading = LeadingEmptyLine::kSkip, size_t limit = 4096) {
    return reader.read(in, arena, &pin, leading, limit);
  }

  test::TestWorker worker;
  Arena arena{worker.blocks};
  SliceQueue in{worker.nodes};
  Slice pin;
  HeadReader reader;
};

TEST_F(Reader, HeadInOnePacketStaysThere) {
  arrive("GET / HTTP/1.1\r\nA: b\r\n\r\nrest");
  const auto read_head = read();
  ASSERT_EQ(read_head.status, Status::kComplete);
  EXPECT_EQ(read_head.head, "GET / HTTP/1.1\r\nA: b\r\n\r\n");
  EXPECT_EQ(read_head.head.data(), pin.text().data());
  EXPECT_EQ(read_head.consumed_bytes, 24u);
  EXPECT_EQ(test::text_of(in), "rest");
  EXPECT_EQ(worker.blocks.in_use_bytes(), 0u);
}

TEST_F(Reader, HeadIsCopiedWherePacketsAreNotToWait) {
  arrive("\r\nGET / HTTP/1.1\r\nA: b\r\n\r\nrest");
  const auto read_head = reader.read(in, arena, nullptr, LeadingEmptyLine::kSkip, 4096);
  ASSERT_EQ(read_head.status, Status::kComplete);
  EXPECT_EQ(read_head.consumed_bytes, 26u);
  EXPECT_EQ(test::text_of(in), "rest");
  in.clear();
  EXPECT_EQ(worker.packets->available(), 4096u);
  EXPECT_EQ(read_head.head, "GET / HTTP/1.1\r\nA: b\r\n\r\n");
}

TEST_F(Reader, HeadInEveryTwoPieces) {
  const std::string text = "\r\nGET / HTTP/1.1\r\nA: b\r\n\r\n";
  for (size_t cut = 1; cut < text.size(); ++cut) {
    reader.reset();
    arrive(text.substr(0, cut));
    ASSERT_EQ(read().status, Status::kIncomplete) << cut;
    EXPECT_EQ(reader.started(), cut != 2) << "an empty line is no beginning";
    arrive(text.substr(cut) + "rest");
    const auto second = read();
    ASSERT_EQ(second.status, Status::kComplete) << cut;
    EXPECT_EQ(second.head, text.substr(2)) << cut;
    EXPECT_EQ(second.consumed_bytes, text.size() - cut);
    EXPECT_EQ(test::text_of(in), "rest");
    in.clear();
  }
}

TEST_F(Reader, HeadByteByByte) {
  const std::string text = "GET / HTTP/1.1\r\nX: " + std::string(3000, 'x') + "\r\n\r\n";
  for (size_t i = 0; i + 1 < text.size(); ++i) {
    arrive(text.substr(i, 1));
    ASSERT_EQ(read().status, Status::kIncomplete);
    ASSERT_TRUE(in.empty());
  }
  arrive(text.substr(text.size() - 1));
  const auto last = read();
  ASSERT_EQ(last.status, Status::kComplete);
  EXPECT_EQ(last.head, text);
}

TEST_F(Reader, PartOfAHeadPinsNoPacket) {
  const uint32_t available = worker.packets->available();
  arrive("GET / HTT");
  ASSERT_EQ(read().status, Status::kIncomplete);
  EXPECT_EQ(worker.packets->available(), available);
}

TEST_F(Reader, BareLfIsRefused) {
  for (const char* text : {"GET / HTTP/1.1\nA: b\r\n\r\n", "GET / HTTP/1.1\r\nA: b\n\r\n",
                           "GET / HTTP/1.1\r\nA: b\r\n\n", "\n", "\r\n\nGET"}) {
    reader.reset();
    in.clear();
    arrive(text);
    EXPECT_EQ(read().status, Status::kBadLine) << text;
  }
}

TEST_F(Reader, EmptyLineInFrontOfAResponseIsRefused) {
  arrive("\r\nHTTP/1.1 200 OK\r\n\r\n");
  EXPECT_EQ(read(LeadingEmptyLine::kRefuse).status, Status::kBadLine);
}

TEST_F(Reader, TrailerSectionMayBeEmpty) {
  arrive("\r\nGET");
  const auto section = read(LeadingEmptyLine::kEnd);
  ASSERT_EQ(section.status, Status::kComplete);
  EXPECT_EQ(section.head, "\r\n");
  EXPECT_EQ(test::text_of(in), "GET");
}

TEST_F(Reader, HeadOfExactlyTheLimitPasses) {
  const std::string text = "GET / HTTP/1.1\r\nA: " + std::string(77, 'a') + "\r\n\r\n";
  ASSERT_EQ(text.size(), 100u);
  arrive(text);
  EXPECT_EQ(read(LeadingEmptyLine::kSkip, 100).status, Status::kComplete);
  reader.reset();
  arrive(text);
  EXPECT_EQ(read(LeadingEmptyLine::kSkip, 99).status, Status::kTooLong);
}

TEST_F(Reader, LimitHoldsInPieces) {
  arrive("GET / HTTP/1.1\r\n");
  ASSERT_EQ(read(LeadingEmptyLine::kSkip, 64).status, Status::kIncomplete);
  arrive(std::string(100, 'a'));
  EXPECT_EQ(read(LeadingEmptyLine::kSkip, 64).status, Status::kTooLong);
}

TEST_F(Reader, FirstLineOverTheLimitIsToldApart) {
  arrive("GET /" + std::string(100, 'a'));
  EXPECT_EQ(read(LeadingEmptyLine::kSkip, 64).status, Status::kLineTooLong);
}

TEST_F(Reader, WithoutMemorySaysSo) {
  BlockPool empty(0);
  Arena none(empty);
  arrive("GET / HTT");
  EXPECT_EQ(reader.read(in, none, &pin, LeadingEmptyLine::kSkip, 4096).status, Status::kOutOfMemory);
}

}  // namespace sluice::http
