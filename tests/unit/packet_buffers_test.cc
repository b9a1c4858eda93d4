// Packets, slices of them, queues of slices and the writer that fills them: all bounded, nothing lost, nothing leaked.
#include <gtest/gtest.h>

#include <cstring>
#include <deque>
#include <string>
#include <vector>

#include "base/random.h"
#include "packet/packet_chain.h"
#include "packet/packet_pool.h"
#include "packet/packet_writer.h"
#include "packet/slice.h"
#include "packet/slice_queue.h"
#include "support/bytes.h"
#include "support/test_worker.h"

namespace sluice {
namespace {

using test::from_text;
using test::text_of;
using test::to_text;

constexpr uint32_t kPackets = 64;

struct Buffers : ::testing::Test {
  Packet packet_of(std::string_view text) {
    Packet packet = pool->try_allocate();
    std::memcpy(packet.append(text.size()).data(), text.data(), text.size());
    return packet;
  }
  Slice slice_of(std::string_view text) { return Slice(packet_of(text)); }

  Counters counters;
  std::unique_ptr<PacketPool> pool = PacketPool::in_memory(kPackets, counters);
  SliceNodePool nodes{1000};
};

using PacketPoolTest = Buffers;
using PacketTest = Buffers;
using SliceTest = Buffers;
using SliceQueueTest = Buffers;
using PacketWriterTest = Buffers;

TEST_F(PacketPoolTest, Empty_RefusesAndCounts) {
  std::vector<Packet> taken;
  for (uint32_t i = 0; i < kPackets; ++i) taken.push_back(pool->try_allocate());
  EXPECT_EQ(pool->available(), 0u);
  EXPECT_FALSE(pool->try_allocate());
  EXPECT_EQ(counters.get(Counter::kPacketPoolEmpty), 1u);
  taken.pop_back();
  EXPECT_TRUE(pool->try_allocate());
}

TEST_F(PacketPoolTest, FreshPacket_IsEmptyWithRoomOnBothSides) {
  std::vector<Packet> used;
  for (uint32_t i = 0; i < kPackets; ++i) {
    used.push_back(packet_of("dirty"));
    used.back().mbuf()->ol_flags = RTE_MBUF_F_RX_L4_CKSUM_GOOD;
  }
  used.clear();
  const Packet packet = pool->try_allocate();
  EXPECT_EQ(packet.size(), 0u);
  EXPECT_EQ(packet.headroom(), PacketPool::kHeadroom);
  EXPECT_EQ(packet.tailroom(), PacketPool::kDataRoom);
  EXPECT_FALSE(packet.transport_checksum_verified());
}

TEST_F(PacketPoolTest, TwoPools_KeepTheirPacketsApart) {
  const auto other = PacketPool::in_memory(4, counters);
  Packet mine = pool->try_allocate();
  Packet theirs = other->try_allocate();
  EXPECT_EQ(other->available(), 3u);
  theirs.reset();
  EXPECT_EQ(other->available(), 4u);
  EXPECT_EQ(pool->available(), kPackets - 1);
}

TEST_F(PacketTest, GrowsAndShrinksAtBothEnds) {
  Packet packet = packet_of("payload");
  std::memcpy(packet.prepend(4).data(), "head", 4);
  std::memcpy(packet.append(4).data(), "tail", 4);
  EXPECT_EQ(to_text(packet.bytes()), "headpayloadtail");
  packet.trim_front(4);
  packet.trim_back(4);
  EXPECT_EQ(to_text(packet.bytes()), "payload");
  EXPECT_EQ(packet.total_size(), 7u);
}

TEST_F(PacketTest, Moved_HasOneOwner) {
  Packet first = packet_of("x");
  Packet second = std::move(first);
  EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move): what is under test
  EXPECT_TRUE(second);
  Packet& same = second;
  second = std::move(same);
  EXPECT_EQ(to_text(second.bytes()), "x");
  second = packet_of("y");
  EXPECT_EQ(pool->available(), kPackets - 1);
}

TEST_F(PacketTest, Request_AsksForWhatItSays) {
  Packet packet = packet_of("x");
  packet.request({.link_bytes = 18, .network_bytes = 20});
  EXPECT_EQ(packet.mbuf()->ol_flags, 0u);
  packet.request({.link_bytes = 18, .network_bytes = 20, .ipv4_checksum = true, .tcp_checksum = true});
  EXPECT_EQ(packet.mbuf()->ol_flags, RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_TX_TCP_CKSUM);
  EXPECT_EQ(packet.mbuf()->l2_len, 18u);
  EXPECT_EQ(packet.mbuf()->l3_len, 20u);
}

TEST_F(SliceTest, Packet_LivesUntilItsLastSliceIsGone) {
  Slice whole = slice_of("hello world");
  Slice hello = whole.sub(0, 5);
  Slice world = whole.sub(6, 5);
  whole = Slice();
  EXPECT_EQ(hello.text(), "hello");
  hello = world;
  EXPECT_EQ(hello.text(), "world");
  world = Slice();
  EXPECT_EQ(pool->available(), kPackets - 1);
  hello = Slice();
  EXPECT_EQ(pool->available(), kPackets);
}

TEST_F(SliceTest, SharesBytesAndCopiesNone) {
  const Slice whole = slice_of("hello");
  EXPECT_EQ(whole.sub(1, 2).data(), whole.data() + 1);
}

TEST_F(SliceTest, SelfAssignment_KeepsIt) {
  Slice slice = slice_of("x");
  Slice& same = slice;
  slice = same;
  slice = std::move(same);
  EXPECT_EQ(slice.text(), "x");
}

TEST_F(SliceTest, RemovePrefixAndSuffix_NarrowIt) {
  Slice slice = slice_of("0123456789");
  slice.remove_prefix(2);
  slice.remove_suffix(3);
  EXPECT_EQ(slice.text(), "23456");
  slice.remove_prefix(5);
  EXPECT_TRUE(slice.empty());
}

TEST_F(SliceTest, IsChargedWithItsWholeBuffer) {
  EXPECT_EQ(slice_of("x").buffer_bytes(), size_t{PacketPool::kHeadroom} + PacketPool::kDataRoom);
  EXPECT_EQ(Slice().buffer_bytes(), 0u);
}

TEST_F(SliceTest, Append_OnlyWhileNobodySharesTheBuffer) {
  Slice slice = slice_of("ab");
  EXPECT_EQ(slice.append_room(), PacketPool::kDataRoom - 2u);
  {
    const Slice other = slice;
    EXPECT_EQ(slice.append_room(), 0u);
  }
  slice.append(from_text("cd"));
  EXPECT_EQ(slice.text(), "abcd");
}

// What a device still sends outlives the last Slice of it.
TEST_F(SliceTest, ShownBytes_KeepTheBufferUntilTheyAreSent) {
  Slice slice = slice_of("0123456789");
  const uint32_t taken = pool->available();
  Packet shown = slice.sub(2, 5).shown_by(pool->try_allocate_reference());
  slice = Slice();
  EXPECT_EQ(pool->available(), taken);
  EXPECT_EQ(test::to_text(shown.bytes()), "23456");
  shown.reset();
  EXPECT_EQ(pool->available(), taken + 1);
}

TEST_F(SliceTest, Chain_IsOnePacketOfSeveralBuffers) {
  const Slice slice = slice_of("0123456789");
  PacketChain chain(packet_of("head "));
  chain.append(slice.sub(0, 3).shown_by(pool->try_allocate_reference()));
  chain.append(slice.sub(7, 3).shown_by(pool->try_allocate_reference()));
  const Packet packet = chain.take();
  EXPECT_EQ(packet.total_size(), 11u);
  EXPECT_EQ(packet.size(), 5u);
  std::string all;
  packet.for_each_part([&](std::span<const std::byte> part) { all += test::to_text(part); });
  EXPECT_EQ(all, "head 012789");
}

TEST_F(SliceTest, References_AreBoundedAndRefusedByName) {
  std::vector<Packet> references;
  for (uint32_t i = 0; i < kPackets; ++i) references.push_back(pool->try_allocate_reference());
  EXPECT_TRUE(references.back());
  EXPECT_FALSE(pool->try_allocate_reference());
  EXPECT_EQ(counters.get(Counter::kPacketPoolEmpty), 1u);
  EXPECT_EQ(pool->available(), kPackets);
}

TEST_F(SliceTest, LargerRoom_IsForLargerPackets) {
  const auto large = PacketPool::in_memory(2, counters, 12'288);
  EXPECT_EQ(large->data_room(), 12'288u);
  EXPECT_EQ(large->try_allocate().tailroom(), 12'288u);
}

TEST_F(SliceQueueTest, BytesComeOutInTheOrderTheyWentIn) {
  SliceQueue queue(nodes);
  ASSERT_TRUE(queue.try_push(slice_of("one ")));
  ASSERT_TRUE(queue.try_push(slice_of("two ")));
  ASSERT_TRUE(queue.try_push(slice_of("three")));
  EXPECT_EQ(queue.size(), 13u);
  EXPECT_EQ(queue.take_front(2).text(), "on");
  EXPECT_EQ(queue.take_front().text(), "e ");
  queue.consume(5);
  EXPECT_EQ(text_of(queue), "hree");
}

TEST_F(SliceQueueTest, EmptySlice_IsAcceptedAndNotKept) {
  SliceQueue queue(nodes);
  ASSERT_TRUE(queue.try_push(Slice()));
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(nodes.size(), 0u);
}

TEST_F(SliceQueueTest, NoNodeLeft_RefusesAndLeavesTheQueueAlone) {
  SliceNodePool one(1);
  SliceQueue queue(one);
  ASSERT_TRUE(queue.try_push(slice_of("kept")));
  EXPECT_FALSE(queue.try_push(slice_of("refused")));
  EXPECT_EQ(text_of(queue), "kept");
  EXPECT_EQ(pool->available(), kPackets - 1);
}

TEST_F(SliceQueueTest, Moved_LeavesAnEmptyQueueThatWorks) {
  SliceQueue queue(nodes);
  ASSERT_TRUE(queue.try_push(slice_of("x")));
  SliceQueue taken = std::move(queue);
  EXPECT_TRUE(queue.empty());  // NOLINT(bugprone-use-after-move): what is under test
  ASSERT_TRUE(queue.try_push(slice_of("y")));
  EXPECT_EQ(text_of(queue), "y");
  EXPECT_EQ(text_of(taken), "x");
  taken = std::move(queue);
  EXPECT_EQ(text_of(taken), "y");
}

TEST_F(SliceQueueTest, Destroyed_FreesEverything) {
  {
    SliceQueue queue(nodes);
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(queue.try_push(slice_of("x")));
  }
  EXPECT_EQ(nodes.size(), 0u);
  EXPECT_EQ(pool->available(), kPackets);
}

TEST_F(SliceQueueTest, AppendToBack_FillsTheLastBuffer) {
  SliceQueue queue(nodes);
  EXPECT_EQ(queue.back_room(), 0u);
  ASSERT_TRUE(queue.try_push(slice_of("ab")));
  ASSERT_GT(queue.back_room(), 0u);
  queue.append_to_back(from_text("cd"));
  EXPECT_EQ(text_of(queue), "abcd");
  EXPECT_EQ(queue.size(), 4u);
}

// The queue against a string, over random pushes, splices, takes and reads; at the end nothing may be left.
class SliceQueueModel : public ::testing::TestWithParam<uint64_t> {};

TEST_P(SliceQueueModel, AgreesWithAString) {
  Random random(GetParam());
  Counters counters;
  const auto pool = PacketPool::in_memory(512, counters);
  SliceNodePool nodes(2000);
  {
    SliceQueue queue(nodes);
    std::string model;
    std::deque<Slice> kept;  // shares of bytes that have left the queue
    std::deque<std::string> kept_model;
    for (int step = 0; step < 5000; ++step) {
      switch (random.below(6)) {
        case 0:
        case 1: {
          std::string text(random.below(50), static_cast<char>('a' + random.below(26)));
          Packet packet = pool->try_allocate();
          if (!packet) break;
          std::memcpy(packet.append(text.size()).data(), text.data(), text.size());
          ASSERT_TRUE(queue.try_push(Slice(std::move(packet))));
          model += text;
          break;
        }
        case 2: {
          const size_t n = random.below(model.size() + 1);
          queue.consume(n);
          model.erase(0, n);
          break;
        }
        case 3: {
          if (queue.empty()) break;
          kept.push_back(queue.take_front(1 + random.below(60)));
          kept_model.push_back(model.substr(0, kept.back().size()));
          model.erase(0, kept.back().size());
          if (kept.size() > 20) {
            kept.pop_front();
            kept_model.pop_front();
          }
          break;
        }
        case 4: {
          const size_t offset = random.below(model.size() + 1);
          const size_t n = random.below(model.size() - offset + 1);
          test::Bytes out(n);
          queue.copy_out(offset, out);
          ASSERT_EQ(to_text(out), model.substr(offset, n)) << "seed " << GetParam();
          break;
        }
        case 5: {
          // Shares of this queue's own bytes, spliced behind it.
          SliceQueue other(nodes);
          if (!queue.empty() && model.size() < 2000) {
            ASSERT_TRUE(other.try_push(queue.front()));
            model += queue.front().text();
          }
          queue.splice(other);
          ASSERT_TRUE(other.empty());
          break;
        }
      }
      ASSERT_EQ(queue.size(), model.size());
      ASSERT_EQ(text_of(queue), model) << "seed " << GetParam();
    }
    for (size_t i = 0; i < kept.size(); ++i) ASSERT_EQ(kept[i].text(), kept_model[i]) << "seed " << GetParam();
  }
  EXPECT_EQ(nodes.size(), 0u);
  EXPECT_EQ(pool->available(), 512u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, SliceQueueModel, ::testing::Range<uint64_t>(1, 9));

TEST_F(PacketWriterTest, TextOfManyPackets_ArrivesWhole) {
  std::string text;
  for (int i = 0; i < 3000; ++i) text += std::to_string(i) + ' ';
  SliceQueue out(nodes);
  PacketWriter writer(*pool, out);
  writer.write(std::string_view(text).substr(0, 5000));
  writer.write(std::string_view(text).substr(5000));
  writer.write('!');
  ASSERT_TRUE(writer.finish());
  EXPECT_EQ(text_of(out), text + '!');
}

TEST_F(PacketWriterTest, NothingWritten_HandsOnNothing) {
  SliceQueue out(nodes);
  PacketWriter writer(*pool, out);
  writer.write("");
  EXPECT_TRUE(writer.finish());
  EXPECT_TRUE(out.empty());
  EXPECT_EQ(pool->available(), kPackets);
}

TEST_F(PacketWriterTest, EmptyPool_FailsForGoodAndLeaksNothing) {
  {
    SliceQueue out(nodes);
    PacketWriter writer(*pool, out);
    writer.write(std::string(PacketPool::kDataRoom * (kPackets + 1), 'x'));
    EXPECT_FALSE(writer.ok());
    writer.write("more");
    EXPECT_FALSE(writer.finish());
  }
  EXPECT_EQ(pool->available(), kPackets);
  EXPECT_EQ(nodes.size(), 0u);
}

TEST_F(PacketWriterTest, NoNodeLeft_Fails) {
  SliceNodePool none(1);
  SliceQueue out(none);
  PacketWriter writer(*pool, out);
  writer.write(std::string(PacketPool::kDataRoom * 3, 'x'));
  EXPECT_FALSE(writer.finish());
}

}  // namespace
}  // namespace sluice
