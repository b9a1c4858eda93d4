// Visits: HTTP/1.1 clients over a Host: each connects, asks once, reads the answer, and stays or leaves.
//
// A client that leaves closes first. A bounded number is on its way at a time. Answers are those of the measurements: a
// head with Content-Length that lies in one segment, and 200.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/slab.h"
#include "load/host.h"

namespace sluice::load {

struct VisitSettings {
  Endpoint server;
  std::string path;
  uint32_t most = 1;        // clients there are at a time
  uint32_t on_the_way = 1;  // of them, those that have no answer yet
  bool stay = false;        // with the connection open, once answered
};

class Visits {
 public:
  struct Figures {
    uint64_t answered = 0;
    uint64_t failed = 0;                 // refused, reset, timed out, or not answered by 200
    std::vector<uint32_t> latencies_us;  // from the SYN to the answer's last byte
  };

  Visits(Host& host, PacketPool& packets, SliceNodePool& nodes, const VisitSettings& settings);

  // Opens connections as far as the settings let; for every turn.
  void keep_going();
  // Those that stay leave, at most `count` of them a call.
  void send_home(uint32_t count);

  const Figures& figures() const { return figures_; }
  void start_figures() { figures_ = {}; }
  size_t staying() const { return staying_.size(); }

 private:
  class Client final : public tcp::ConnectionEvents {
   public:
    explicit Client(Visits& visits) : visits_(visits), began_(visits.host_.now()) {}

    [[nodiscard]] bool try_connect();
    void leave() { std::exchange(connection_, nullptr)->close(); }
    Duration took() const { return visits_.host_.now() - began_; }

    void on_connected() override;
    void on_readable() override;
    void on_writable() override {}
    void on_closed(tcp::CloseReason) override { visits_.on_failed(*this); }

    // Its place among those that stay.
    static constexpr size_t kOnTheWay = SIZE_MAX;
    size_t place = kOnTheWay;

   private:
    static constexpr size_t kUnknown = SIZE_MAX;

    Visits& visits_;
    const Instant began_;
    tcp::Connection* connection_ = nullptr;
    size_t left_ = kUnknown;  // bytes of the answer that have not arrived
  };

  void on_answered(Client& client);
  void on_failed(Client& client);
  void forget(Client& client);

  Host& host_;
  const VisitSettings settings_;
  SliceNodePool& nodes_;
  Slice request_;
  Slab<Client> clients_;
  uint32_t on_the_way_ = 0;
  std::vector<Client*> staying_;
  Figures figures_;
};

}  // namespace sluice::load
