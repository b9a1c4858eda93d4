// TcpPeer: a worker's TCP stack under test, and the scripted peer at the other end of one connection.
//
// A test reads like a trace: state builder, peer.send(...), peer.expect(...), peer.expect_nothing(...). The peer has no
// TCP of its own: it says exactly what the test says. Every send is one poll of the stack.
#pragma once

#include <deque>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>

#include "sluice/ip_address.h"
#include "support/tcp_segment.h"
#include "support/test_worker.h"
#include "tcp/stack.h"

namespace sluice::test {

// What the stack sent, taken apart.
struct SentSegment {
  IpAddress source;
  IpAddress destination;
  wire::TcpHeader header;
  std::string text;
  Instant at;
  uint16_t cut_into = 0;  // the device was to cut the text into pieces of so many bytes; 0: it was not
  unsigned parts = 1;     // buffers
  wire::Ecn ecn = wire::Ecn::kNotCapable;
};

class RecordingOutput final : public tcp::SegmentOutput {
 public:
  explicit RecordingOutput(const Clock& clock) : clock_(clock) {}

  void send(const IpAddress& source, const IpAddress& destination, Packet segment, wire::Ecn ecn) override;
  std::optional<IpAddress> source_for(const IpAddress&) const override { return source; }
  uint16_t path_mtu(const IpAddress&) const override { return mtu; }
  const TransmitOffloads& offloads() const override { return transmit_offloads; }

  std::optional<IpAddress> source;
  uint16_t mtu = 1500;
  TransmitOffloads transmit_offloads;
  std::deque<SentSegment> sent;

 private:
  const Clock& clock_;
};

// The user of the stack's side of a connection; records what it is told.
class TcpUser final : public tcp::ConnectionEvents, public tcp::AcceptHandler {
 public:
  explicit TcpUser(TestWorker& worker) : worker_(worker) {}

  tcp::ConnectionEvents* on_accept(tcp::Connection& c) override {
    connection = &c;
    ++accepted;
    return refuses ? nullptr : this;
  }
  void on_connected() override { ++connected; }
  void on_readable() override {
    ++readable;
    if (reads) read();
  }
  void on_writable() override { ++writable; }
  void on_closed(tcp::CloseReason reason) override {
    closed = reason;
    connection = nullptr;
  }

  // Takes all that is readable into `received`.
  void read();
  // Written now, sent when tasks run: at the next step of the peer, or by worker.run_tasks().
  void write(std::string_view text) { connection->write(worker_.slices(text)); }

  tcp::Connection* connection = nullptr;
  bool reads = true;  // as soon as it can
  bool refuses = false;
  std::string received;
  int accepted = 0;
  int connected = 0;
  int readable = 0;
  int writable = 0;
  std::optional<tcp::CloseReason> closed;

 private:
  TestWorker& worker_;
};

class TcpPeer {
 public:
  explicit TcpPeer(const tcp::Settings& settings = {}, uint64_t seed = 1, uint32_t packets = 4096);

  // The peer speaks; the stack takes it in and finishes its poll.
  void send(const TestSegment& segment) { send({segment}); }
  // Several segments in one poll.
  void send(std::initializer_list<TestSegment> segments);
  // Delivers bytes as they are, behind the peer's addresses.
  void send_raw(std::string_view segment);
  void error(tcp::IcmpError::Kind kind, uint32_t seq, uint16_t mtu = 0);

  // The next thing that the stack has sent is this. Work that waits in tasks is done first.
  void expect(const TestSegment& segment);
  // It comes `after` from now, to a tick, and nothing before it.
  void expect_after(Duration after, const TestSegment& segment);
  // The stack has sent nothing more.
  void expect_nothing();
  // And does not until `d` has passed.
  void expect_nothing_for(Duration d);
  // The next segment, whatever it is; it must exist.
  SentSegment take();
  // Forgets what was sent so far.
  void drain();

  // Handshakes, to ESTABLISHED on both sides, with what was sent taken off. `options` of the peer's SYN.
  void establish_passive(const TestSegment& options = syn().mss(1460));
  void establish_active(const TestSegment& options = syn_ack().mss(1460));
  // The stack has begun to connect; its SYN is taken off.
  void begin_connect();

  std::string state() { return stack->describe(tuple); }
  bool in_state(std::string_view name) { return state().substr(0, state().find(' ')) == name; }
  uint64_t counted(Counter c) const { return worker.counted(c); }

  static constexpr Endpoint kLocal{IpAddress::v4(0xC6120001), Port{80}};
  static constexpr Endpoint kRemote{IpAddress::v4(0xC6120002), Port{50000}};

  TestWorker worker;
  RecordingOutput output{worker.clock};
  std::unique_ptr<tcp::Stack> stack;
  TcpUser user{worker};
  tcp::FourTuple tuple{kLocal, kRemote};
  uint32_t peer_iss = 0xffffff00;  // so that every longer test crosses the wrap
  uint32_t stack_iss = 0;          // learnt from the stack's SYN
  uint16_t peer_window = 65535;    // field of what the peer sends, unless the segment says otherwise

 private:
  void deliver(const TestSegment& segment);
};

}  // namespace sluice::test
