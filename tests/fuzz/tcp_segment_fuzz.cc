// A whole TCP stack against a hostile peer: segments with right checksums, near and far from what is expected, in every
// state, between the user's calls, the passing of time, ICMP and a starved pool.
//
// The input is a program: an operation a byte, its operands behind it. Text is a function of its sequence number, both
// ways, so every byte that is delivered or sent can be checked; whatever happens, all memory comes back in the end.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "base/byte_reader.h"
#include "support/test_worker.h"
#include "tcp/stack.h"
#include "wire/bytes.h"
#include "wire/checksum.h"

namespace sluice::tcp {
namespace {

constexpr uint8_t kTcpProtocol = 6;
constexpr uint32_t kPackets = 256;
constexpr uint16_t kMtu = 1500;
const Endpoint kLocal{IpAddress::v4(0xC6120001), Port{80}};
const Endpoint kRemote{IpAddress::v4(0xC6120002), Port{5000}};

void check(bool holds) {
  if (!holds) std::abort();
}

// The byte at a place in sequence space.
std::byte pattern(uint32_t offset) {
  return static_cast<std::byte>(offset * 167 + (offset >> 8) * 13);
}

uint16_t checksum_of(const IpAddress& from, const IpAddress& to, std::span<const std::byte> segment) {
  auto sum = wire::pseudo_header_sum(from, to, kTcpProtocol, static_cast<uint32_t>(segment.size()));
  sum.add(segment);
  return sum.checksum();
}

// What the peer has learnt of the stack from its segments, connection by connection.
class Wire final : public SegmentOutput {
 public:
  void send(const IpAddress& source, const IpAddress& destination, Packet segment, wire::Ecn) override {
    check(segment.size() + 20 <= kMtu);
    check(checksum_of(source, destination, segment.bytes()) == 0);
    const auto parsed = wire::parse_tcp_header(segment.bytes());
    check(parsed.has_value() && !parsed->malformed_options);
    const wire::TcpHeader& h = parsed->header;
    Learnt& learnt = known({{source, h.source_port}, {destination, h.destination_port}});
    if (h.flags.syn) learnt.iss = h.seq;
    if (h.flags.rst) return;
    learnt.seq = h.seq;
    if (h.flags.ack) learnt.ack = h.ack;
    if (h.options.timestamps) learnt.tsval = h.options.timestamps->tsval;
    const auto text = segment.bytes().subspan(parsed->header_bytes);
    for (size_t i = 0; i < text.size(); ++i) {
      check(text[i] == pattern(h.seq + static_cast<uint32_t>(i) - learnt.iss - 1));
    }
  }
  std::optional<IpAddress> source_for(const IpAddress&) const override { return kLocal.address; }
  uint16_t path_mtu(const IpAddress&) const override { return kMtu; }
  const TransmitOffloads& offloads() const override { return none_; }

  struct Learnt {
    FourTuple tuple;
    uint32_t iss = 0;
    uint32_t seq = 0;
    uint32_t ack = 0;
    uint32_t tsval = 0;
  };
  Learnt& known(const FourTuple& tuple) {
    for (Learnt& l : learnt_) {
      if (l.tuple == tuple) return l;
    }
    return learnt_.emplace_back(Learnt{.tuple = tuple});
  }

 private:
  TransmitOffloads none_;
  std::vector<Learnt> learnt_;
};

class User final : public ConnectionEvents, public AcceptHandler {
 public:
  explicit User(test::TestWorker& worker) : worker_(worker) {}

  void begin(Connection* c) {
    connection = c;
    received_ = written_ = 0;
  }
  ConnectionEvents* on_accept(Connection& c) override {
    if (connection != nullptr) return nullptr;
    begin(&c);
    return this;
  }
  void on_connected() override {}
  void on_readable() override {
    if (reads) read(SIZE_MAX);
  }
  void on_writable() override {}
  void on_closed(CloseReason) override { connection = nullptr; }

  void read(size_t limit) {
    if (connection == nullptr) return;
    SliceQueue& queue = connection->readable();
    size_t taken = 0;
    while (!queue.empty() && taken < limit) {
      const Slice slice = queue.take_front(limit - taken);
      const uint32_t first = connection->tcb().receiver.irs().raw() + 1;
      for (const std::byte b : slice.bytes()) check(b == pattern(first + received_++));
      taken += slice.size();
    }
    connection->consumed(taken);
  }
  void write(size_t n) {
    if (connection == nullptr || connection->room() == 0) return;
    std::string text(std::min(n, connection->room()), '\0');
    for (char& c : text) c = static_cast<char>(pattern(written_++));
    SliceQueue slices = worker_.slices(text);
    if (slices.empty()) {
      written_ -= static_cast<uint32_t>(text.size());
    } else {
      connection->write(std::move(slices));
    }
  }

  Connection* connection = nullptr;
  bool reads = true;

 private:
  test::TestWorker& worker_;
  uint32_t received_ = 0;
  uint32_t written_ = 0;
};

Settings settings_of(uint8_t bits) {
  Settings s{.max_connections = 4, .max_half_open = 4, .max_time_wait = 2, .max_out_of_order_segments = 32};
  s.receive_buffer_bytes = (bits & 1) != 0 ? 4'096 : 200'000;
  s.send_buffer_bytes = 16'384;
  s.nagle = (bits & 2) != 0;
  if ((bits & 4) != 0) s.keep_alive_idle = Duration::seconds(5);
  return s;
}

class Program {
 public:
  explicit Program(std::span<const std::byte> input)
      : reader_(input),
        worker_(1, kPackets),
        stack_(worker_.context, {*worker_.packets, worker_.nodes, wire_, Secrets::repeatable(worker_.random)},
               settings_of(reader_.u8())) {
    check(stack_.listen(kLocal, user_).ok());
  }

  void run() {
    while (reader_.ok() && reader_.left() > 0) step();
    hoard_.clear();
    // A connection that the last segment has opened is offered to the user first.
    worker_.run_tasks();
    if (user_.connection != nullptr) user_.connection->abort();
    user_.connection = nullptr;
    worker_.run_tasks();
    worker_.advance(Duration::seconds(400));
    check(stack_.connections() == 0 && stack_.half_open() == 0 && stack_.time_wait() == 0);
    check(worker_.packets->available() == kPackets);
    check(worker_.nodes.size() == 0);
  }

 private:
  void step() {
    switch (reader_.u8() % 16) {
      case 0:
        return worker_.advance(Duration::milliseconds(reader_.u8()));
      case 1:
        return worker_.advance(Duration::milliseconds(reader_.u16() * int64_t{4}));
      case 2:
        return user_.write(reader_.u16() % 6000);
      case 3:
        return user_.read(reader_.u8());
      case 4:
        user_.reads = !user_.reads;
        return;
      case 5:
        return user_act(reader_.u8() % 8);
      case 6:
        return icmp();
      case 7:
        return connect();
      case 8:
        return starve(reader_.u8());
      case 9:
        peer_iss_ = 0 - uint32_t{reader_.u8()} * 64;
        return segment(0x02);
      default:
        return segment(reader_.u8());
    }
  }

  void user_act(uint8_t what) {
    Connection* c = user_.connection;
    if (c == nullptr) return;
    if (what < 5) {
      c->shutdown_write();
    } else {
      user_.connection = nullptr;
      what == 5 ? c->abort() : c->close();
    }
    worker_.run_tasks();
  }

  void icmp() {
    const auto kind = static_cast<IcmpError::Kind>(reader_.u8() % 4);
    stack_.on_icmp_error({.kind = kind,
                          .tuple = tuple_,
                          .seq = SeqNum(wire_.known(tuple_).seq + reader_.u8()),
                          .mtu = static_cast<uint16_t>(reader_.u8() * 8)});
    worker_.run_tasks();
  }

  void connect() {
    if (user_.connection != nullptr) return;
    const auto c = stack_.connect(kRemote, user_);
    if (!c.ok()) return;
    user_.begin(*c);
    tuple_ = (*c)->tuple();
  }

  void starve(uint8_t left) {
    hoard_.clear();
    while (worker_.packets->available() > left) hoard_.push_back(worker_.packets->try_allocate());
    if (left >= 128) hoard_.clear();
  }

  // flags: as on the wire. The operands say how far the numbers are from those that would be right.
  void segment(uint8_t flags) {
    const uint8_t shape = reader_.u8();
    wire::TcpHeader h{.source_port = tuple_.remote.port, .destination_port = tuple_.local.port};
    h.flags = {.fin = (flags & 1) != 0,
               .syn = (flags & 2) != 0,
               .rst = (flags & 4) != 0,
               .psh = (flags & 8) != 0,
               .ack = (flags & 16) != 0,
               .urg = (flags & 32) != 0};
    const Wire::Learnt& learnt = wire_.known(tuple_);
    const uint32_t expected = h.flags.syn ? peer_iss_ : learnt.ack;
    h.seq = expected + (shape & 1 ? static_cast<int8_t>(reader_.u8()) : 0) + (shape & 2 ? reader_.u16() : 0);
    h.ack = (shape & 4 ? learnt.iss : learnt.seq) + (shape & 8 ? reader_.u16() : 1);
    h.window = shape & 16 ? reader_.u16() : 65'535;
    if (shape & 32) h.options.timestamps = {clock_ += reader_.u8(), learnt.tsval};
    if (h.flags.syn && shape & 64) h.options.mss = reader_.u16(), h.options.window_scale = uint8_t(reader_.u8() % 15);
    deliver(h, shape & 128 ? reader_.u16() % 1400 : 0);
  }

  void deliver(const wire::TcpHeader& h, size_t text_bytes) {
    Packet packet = worker_.packets->try_allocate();
    if (!packet) return;
    const size_t head = wire::tcp_header_bytes(h.options);
    const auto bytes = packet.append(head + text_bytes);
    wire::emit_tcp_header(h, bytes);
    const uint32_t first = h.seq + (h.flags.syn ? 1 : 0);
    for (size_t i = 0; i < text_bytes; ++i) bytes[head + i] = pattern(first + static_cast<uint32_t>(i));
    wire::store_u16(bytes.data() + wire::kTcpChecksumOffset,
                    checksum_of(tuple_.remote.address, tuple_.local.address, bytes));
    stack_.on_segment(tuple_.remote.address, tuple_.local.address, std::move(packet), {});
    if (text_bytes % 2 == 0) worker_.run_tasks();
  }

  ByteReader reader_;
  test::TestWorker worker_;
  Wire wire_;
  User user_{worker_};
  Stack stack_;
  std::vector<Packet> hoard_;
  FourTuple tuple_{kLocal, kRemote};
  uint32_t peer_iss_ = 0xffffff00;
  uint32_t clock_ = 0;
};

}  // namespace
}  // namespace sluice::tcp

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2 || size > 4096) return 0;
  sluice::tcp::Program(std::as_bytes(std::span(data, size))).run();
  return 0;
}
