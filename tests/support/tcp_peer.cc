#include "support/tcp_peer.h"

#include <gtest/gtest.h>

#include <sstream>

#include "wire/bytes.h"
#include "wire/checksum.h"

namespace sluice::test {

namespace {

constexpr uint8_t kTcpProtocol = 6;

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string to_string(const wire::TcpFlags& f) {
  std::string s;
  if (f.syn) s += 'S';
  if (f.fin) s += 'F';
  if (f.rst) s += 'R';
  if (f.ack) s += 'A';
  return s;
}

std::string describe(const wire::TcpHeader& h, size_t text_bytes) {
  std::ostringstream out;
  out << to_string(h.flags) << " seq=" << h.seq << " ack=" << h.ack << " window=" << h.window << " text=" << text_bytes;
  if (h.options.mss) out << " mss=" << *h.options.mss;
  if (h.options.window_scale) out << " scale=" << int{*h.options.window_scale};
  if (h.options.sack_permitted) out << " sack_permitted";
  for (size_t i = 0; i < h.options.sack_count; ++i) {
    out << " sack=" << h.options.sack[i].left << "-" << h.options.sack[i].right;
  }
  if (h.options.timestamps) out << " ts=" << h.options.timestamps->tsval << "," << h.options.timestamps->tsecr;
  return out.str();
}

// From numbers that count from a SYN to those on the wire, or back.
void shift_blocks(wire::TcpOptions& options, uint32_t by) {
  for (size_t i = 0; i < options.sack_count; ++i) {
    options.sack[i].left += by;
    options.sack[i].right += by;
  }
}

}  // namespace

void RecordingOutput::send(const IpAddress& from, const IpAddress& to, Packet segment, wire::Ecn ecn) {
  std::string bytes;
  segment.for_each_part([&](std::span<const std::byte> part) { bytes += text_of(part); });
  auto sum = wire::pseudo_header_sum(from, to, kTcpProtocol, static_cast<uint32_t>(bytes.size()));
  sum.add(std::as_bytes(std::span(bytes)));
  if (!transmit_offloads.tcp_checksum) {
    EXPECT_EQ(sum.checksum(), 0) << "the stack sent a wrong checksum";
  }
  const auto parsed = wire::parse_tcp_header(segment.bytes());
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(bytes.size(), segment.total_size());
  EXPECT_LE(segment.largest_segment() + 20, mtu);
  const size_t largest = segment.largest_segment() - parsed->header_bytes;
  sent.push_back({.source = from,
                  .destination = to,
                  .header = parsed->header,
                  .text = bytes.substr(parsed->header_bytes),
                  .at = clock_.now(),
                  .cut_into = static_cast<uint16_t>(segment.is_cut_by_device() ? largest : 0),
                  .parts = segment.mbuf()->nb_segs,
                  .ecn = ecn});
}

void TcpUser::read() {
  SliceQueue& queue = connection->readable();
  received += text_of(queue);
  const size_t n = queue.size();
  queue.clear();
  connection->consumed(n);
}

TcpPeer::TcpPeer(const tcp::Settings& settings, uint64_t seed, uint32_t packets) : worker(seed, packets) {
  output.source = kLocal.address;
  stack = std::make_unique<tcp::Stack>(
      worker.context, tcp::Wiring{*worker.packets, worker.nodes, output, tcp::Secrets::repeatable(worker.random)},
      settings);
}

void TcpPeer::deliver(const TestSegment& s) {
  wire::TcpHeader header{.source_port = tuple.remote.port,
                         .destination_port = tuple.local.port,
                         .seq = peer_iss + s.seq_number.value_or(0),
                         .ack = s.flags.ack ? stack_iss + s.ack_number.value_or(0) : 0,
                         .flags = s.flags,
                         .window = s.window_field.value_or(peer_window),
                         .options = s.options};
  shift_blocks(header.options, stack_iss);
  Packet packet = worker.packets->try_allocate();
  ASSERT_TRUE(packet);
  const size_t header_bytes = wire::tcp_header_bytes(header.options);
  wire::emit_tcp_header(header, packet.append(header_bytes + s.bytes.size()));
  std::memcpy(packet.bytes().data() + header_bytes, s.bytes.data(), s.bytes.size());
  auto sum = wire::pseudo_header_sum(tuple.remote.address, tuple.local.address, kTcpProtocol,
                                     static_cast<uint32_t>(packet.size()));
  sum.add(packet.bytes());
  wire::store_u16(packet.bytes().data() + wire::kTcpChecksumOffset, sum.checksum());
  stack->on_segment(tuple.remote.address, tuple.local.address, std::move(packet), {.ecn = s.ecn});
}

void TcpPeer::send(std::initializer_list<TestSegment> segments) {
  worker.run_tasks();
  for (const TestSegment& s : segments) deliver(s);
  worker.run_tasks();
}

void TcpPeer::send_raw(std::string_view segment) {
  Packet packet = worker.packets->try_allocate();
  ASSERT_TRUE(packet);
  std::memcpy(packet.append(segment.size()).data(), segment.data(), segment.size());
  stack->on_segment(tuple.remote.address, tuple.local.address, std::move(packet), {});
  worker.run_tasks();
}

void TcpPeer::error(tcp::IcmpError::Kind kind, uint32_t seq, uint16_t mtu) {
  stack->on_icmp_error({.kind = kind, .tuple = tuple, .seq = tcp::SeqNum(stack_iss + seq), .mtu = mtu});
  worker.run_tasks();
}

SentSegment TcpPeer::take() {
  worker.run_tasks();
  if (output.sent.empty()) {
    ADD_FAILURE() << "the stack has sent nothing; it is in " << state();
    return {};
  }
  SentSegment s = output.sent.front();
  output.sent.pop_front();
  if (s.header.flags.syn) stack_iss = s.header.seq;
  return s;
}

void TcpPeer::expect(const TestSegment& want) {
  const SentSegment got = take();
  wire::TcpHeader h = got.header;
  h.seq -= stack_iss;
  if (h.flags.ack) h.ack -= peer_iss;
  shift_blocks(h.options, -peer_iss);
  const std::string seen = describe(h, got.text.size());
  if (want.seq_number) {
    EXPECT_EQ(h.seq, *want.seq_number) << seen;
  }
  if (want.ack_number) {
    EXPECT_EQ(h.ack, *want.ack_number) << seen;
  }
  EXPECT_EQ(to_string(h.flags), to_string(want.flags)) << seen;
  if (want.window_field) {
    EXPECT_EQ(h.window, *want.window_field) << seen;
  }
  EXPECT_TRUE(got.text == want.bytes) << seen << "; expected " << want.bytes.size() << " bytes";
  if (want.options_matter) {
    EXPECT_TRUE(h.options == want.options) << seen;
  }
}

void TcpPeer::expect_after(Duration after, const TestSegment& segment) {
  expect_nothing();
  const Instant begin = worker.clock.now();
  const Instant latest = begin + after + Duration::milliseconds(2);
  while (output.sent.empty() && worker.clock.now() < latest) worker.advance(Duration::milliseconds(1));
  ASSERT_FALSE(output.sent.empty()) << "nothing came within " << after.ms() << " ms";
  EXPECT_GE((output.sent.front().at - begin).ns, after.ns) << "too early";
  expect(segment);
}

void TcpPeer::expect_nothing() {
  worker.run_tasks();
  for (const SentSegment& s : output.sent) {
    wire::TcpHeader h = s.header;
    h.seq -= stack_iss;
    if (h.flags.ack) h.ack -= peer_iss;
    ADD_FAILURE() << "unexpected: " << describe(h, s.text.size());
  }
  output.sent.clear();
}

void TcpPeer::expect_nothing_for(Duration d) {
  worker.advance(d);
  expect_nothing();
}

void TcpPeer::drain() {
  worker.run_tasks();
  output.sent.clear();
}

void TcpPeer::establish_passive(const TestSegment& options) {
  ASSERT_TRUE(stack->listen({IpAddress::v4(0), kLocal.port}, user).ok());
  send(options);
  take();
  TestSegment ack = seg(1, 1);
  if (options.options.timestamps) ack = ack.timestamps(options.options.timestamps->tsval, 0);
  send(ack);
  expect_nothing();
  ASSERT_EQ(user.accepted, 1);
}

void TcpPeer::begin_connect() {
  const auto connection = stack->connect(kRemote, user);
  ASSERT_TRUE(connection.ok());
  user.connection = *connection;
  tuple = (*connection)->tuple();
  take();
}

void TcpPeer::establish_active(const TestSegment& options) {
  begin_connect();
  send(options);
  TestSegment ack = seg(1, 1);
  take();
  ASSERT_EQ(user.connected, 1);
}

}  // namespace sluice::test
