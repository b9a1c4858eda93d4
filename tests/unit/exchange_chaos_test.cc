// Everything that can happen, in any order, from a seed: clients that send, stall, break off and lie, origins that do
// the same, reloads, time, and memory that runs out. Whatever happens, each request leaves one record, and in the end
// nothing is held (the Rig checks that).
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "exchange_rig.h"

namespace sluice::exchange::test {
namespace {

class Chaos {
 public:
  Chaos(Rig& rig, uint64_t seed) : rig_(rig), random_(seed) {}

  void step() {
    switch (random_.below(12)) {
      case 0:
      case 1:
        return begin_request();
      case 2:
      case 3:
        return continue_client();
      case 4:
      case 5:
      case 6:
        return move_origin();
      case 7:
        return toggle_reading();
      case 8:
        return rig_.advance(Duration::milliseconds(static_cast<int64_t>(random_.below(80))));
      case 9:
        return break_something();
      case 10:
        return meet_next();
      default:
        return maybe_reload();
    }
  }

 private:
  static constexpr size_t kMostClients = 12;

  bool chance(uint64_t one_in) { return random_.below(one_in) == 0; }
  Peer* any_client() { return clients_.empty() ? nullptr : clients_[random_.below(clients_.size())]; }
  Peer* any_origin() {
    const size_t n = rig_.origins.connections();
    return n == 0 ? nullptr : &rig_.origins[n - 1 - random_.below(std::min<size_t>(n, 8))];
  }

  void begin_request() {
    if (clients_.size() < kMostClients || chance(3)) clients_.push_back(&rig_.connect());
    if (clients_.size() > kMostClients) clients_.erase(clients_.begin());
    constexpr std::string_view kMethods[] = {"GET", "HEAD", "PUT", "POST", "DELETE"};
    std::string text(kMethods[random_.below(5)]);
    text += chance(8) ? " /limited" : chance(8) ? " /edge" : chance(20) ? " bad" : " /x";
    text += " HTTP/1.1\r\nHost: a\r\n";
    const size_t size = random_.below(4) == 0 ? random_.below(200'000) : random_.below(300);
    if (chance(3)) {
      text += "Content-Length: " + std::to_string(size) + "\r\n\r\n" + std::string(chance(3) ? size / 2 : size, 'b');
    } else if (chance(2)) {
      text += "Transfer-Encoding: chunked\r\n\r\n";
      for (size_t left = size; left > 0;) {
        const size_t n = std::min<size_t>(left, 1 + random_.below(5000));
        char line[20];
        std::snprintf(line, sizeof line, "%zx\r\n", n);
        text += line + std::string(n, 'c') + "\r\n";
        left -= n;
      }
      if (!chance(4)) text += "0\r\n\r\n";
    } else {
      text += "\r\n";
    }
    clients_.back()->send(text);
    if (chance(2)) rig_.run();
  }

  void continue_client() {
    if (Peer* client = any_client()) client->send(chance(2) ? std::string(random_.below(3000), 'd') : "0\r\n\r\n");
    rig_.run();
  }

  void move_origin() {
    Peer* origin = any_origin();
    if (origin == nullptr || origin->gone()) return;
    const size_t size = random_.below(100'000);
    switch (random_.below(10)) {
      case 0:
        origin->send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" +
                     std::string(chance(3) ? size / 2 : size, 'o'));
        break;
      case 1:
        origin->send("HTTP/1.1 200 OK\r\n\r\nuntil the end");
        origin->end();
        break;
      case 2:
        origin->send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
        break;
      case 3:
        origin->send("0\r\n\r\n");
        break;
      case 4:
        origin->send("HTTP/1.1 103 Early\r\nLink: </x>\r\n\r\n");
        break;
      case 5:
        origin->send("not http at all\r\n\r\n");
        break;
      default:
        origin->send(chance(4) ? "HTTP/1.1 204 No Content\r\n\r\n" : kOk);
    }
    rig_.run();
  }

  void toggle_reading() {
    Peer* peer = chance(2) ? any_client() : any_origin();
    if (peer == nullptr || peer->gone()) return;
    if (chance(2)) {
      peer->stop_reading();
    } else {
      peer->read_again();
    }
    rig_.run();
  }

  void break_something() {
    Peer* peer = chance(2) ? any_client() : any_origin();
    if (peer == nullptr) return;
    if (chance(2)) {
      peer->reset();
    } else {
      peer->end();
    }
    if (chance(2)) rig_.run();
  }

  void meet_next() {
    constexpr Welcome kWelcomes[] = {Welcome::kAccept, Welcome::kRefuse, Welcome::kSilence};
    rig_.origins.meet_next(kWelcomes[random_.below(3)]);
  }

  void maybe_reload() {
    if (!chance(5)) return;
    const SnapshotHolder& snapshots = rig_.server().snapshots();
    unsigned in_use = 0;
    for (uint64_t g = 1; g <= snapshots.current()->generation(); ++g) in_use += snapshots.may_use(g) ? 1 : 0;
    if (in_use < kMaxSnapshots) rig_.reload();
  }

  Rig& rig_;
  Random random_;
  std::vector<Peer*> clients_;
};

void set_policy(Rig& rig) {
  policy::EdgeRule rule;
  rule.name = "edge";
  rule.match.path_prefix = "/edge";
  rule.respond = policy::Respond{.body = std::string(5000, 'e')};
  rig.policy.edge.rules = {rule};
  rig.policy.services[0].connect_timeout = Duration::milliseconds(100);
  rig.policy.services[0].read_timeout = Duration::milliseconds(200);
  rig.policy.services[0].write_timeout = Duration::milliseconds(200);
  policy::Route limited = rig.policy.routes[0];
  limited.id = policy::Uuid(std::array<uint8_t, 16>{9});
  limited.name = "limited";
  limited.paths = {"/limited"};
  rig.policy.routes.push_back(limited);
  policy::RequestSizeLimitingConfig limit{.allowed_payload_size = 10, .size_unit = policy::SizeUnit::kKilobytes};
  rig.add_plugin(limit);
  rig.policy.plugins.back().route = policy::Ref<policy::Route>{1};
  rig.reload();
}

void run_chaos(uint64_t seed, uint32_t packets) {
  SCOPED_TRACE("seed " + std::to_string(seed) + ", packets " + std::to_string(packets));
  Rig rig({.seed = seed, .packets = packets, .window_bytes = 20'000, .log_ring_records = 8192});
  set_policy(rig);
  Chaos chaos(rig, seed);
  for (int i = 0; i < 1500; ++i) chaos.step();
  rig.close_and_check();

  std::set<RequestId> ids;
  uint64_t exchanges = 0;
  for (const EdgeRecord& record : rig.edge_records()) {
    EXPECT_TRUE(ids.insert(record.header.request_id).second) << "a request was recorded twice";
    exchanges += record.answered_by != AnsweredBy::kServer;
  }
  EXPECT_EQ(exchanges, rig.counted(Counter::kExchangeRequests));
  std::set<RequestId> gateway_ids;
  for (const GatewayRecord& record : rig.gateway_records()) {
    EXPECT_TRUE(gateway_ids.insert(record.header.request_id).second);
    EXPECT_TRUE(ids.count(record.header.request_id));
  }
  EXPECT_GT(exchanges, 50u);
}

TEST(Chaos, WithMemoryEnough_LeavesNothingBehind) {
  for (uint64_t seed = 1; seed <= 40; ++seed) run_chaos(seed, 8192);
}

TEST(Chaos, WithFewPackets_LeavesNothingBehind) {
  for (uint64_t seed = 100; seed <= 120; ++seed) run_chaos(seed, 60);
}

}  // namespace
}  // namespace sluice::exchange::test
