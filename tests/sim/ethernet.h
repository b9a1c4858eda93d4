// Ethernet: a seeded virtual switch between whole hosts, through which each has a Path of its own: TCP is lost,
// delayed, broken, marked, cut into fragments or found too long on it; what hosts say to find each other passes.
//
// Owned by a simulation, which moves the hosts' clocks to next_delivery() and calls deliver(), then collect().
#pragma once

#include <deque>
#include <map>
#include <vector>

#include "net/glance.h"
#include "sim/path.h"
#include "support/bytes.h"
#include "support/tcp_host.h"

namespace sluice::sim {

struct EthernetSettings {
  LinkSettings path;             // its MTU: whoever sends more is told by ICMP (RFC 1191, RFC 8201)
  uint32_t mark = 0;             // thousandths of the packets that may be marked (RFC 3168)
  uint16_t fragments_bytes = 0;  // longer packets are cut into fragments of so much, as tunnels do; 0: none is
};

class Ethernet {
 public:
  Ethernet(Random& random, const EthernetSettings& settings) : random_(random), settings_(settings) {}

  // A host that outlives the switch, and whose clock goes with those of the others. Before the first frame.
  void plug_in(test::TcpHost& host, const wire::MacAddress& mac);

  // Takes what the hosts have sent.
  void collect();
  Instant next_delivery() const { return waiting_.empty() ? Instant::never() : waiting_.begin()->first; }
  void deliver();
  // Nothing passes any more.
  void cut() { cut_ = true; }

  struct Figures {
    uint64_t lost = 0;  // with what was broken
    uint64_t marked = 0;
    uint64_t fragments = 0;
    uint64_t too_long = 0;
  };
  const Figures& figures() const { return figures_; }

 private:
  struct Socket {
    test::TcpHost& host;
    wire::MacAddress mac;
    Path path;
  };
  struct InTransit {
    const Socket* from;  // nullptr: the switch itself
    test::Bytes frame;
  };
  // A frame that carries IP, taken apart.
  struct IpFrame {
    wire::EthernetHeader link;
    std::span<std::byte> packet;
    net::Glance ip;
  };

  void send(Socket& from, test::Bytes frame);
  void send_tcp(Socket& from, const IpFrame& frame);
  void put(Instant at, const Socket* from, test::Bytes frame) {
    waiting_.emplace(at, InTransit{from, std::move(frame)});
  }
  void complain(const Socket& to, const IpFrame& frame);
  void mark(const IpFrame& frame);
  std::vector<test::Bytes> cut(const IpFrame& frame);

  Random& random_;
  const EthernetSettings settings_;
  std::deque<Socket> sockets_;
  std::multimap<Instant, InTransit> waiting_;
  uint16_t last_identification_ = 0;
  bool cut_ = false;
  Figures figures_;
};

}  // namespace sluice::sim
