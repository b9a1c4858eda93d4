#include "sim/scenarios.h"

namespace sluice::sim {

namespace {

constexpr LinkSettings kMildlyBad{.delay = Duration::milliseconds(5), .loss = 20, .reorder = 20, .duplicate = 10};

Scenario user_scenario(const char* name) {
  Scenario s{.name = name};
  return s.path(kMildlyBad);
}

void add_closings(std::vector<Scenario>& all) {
  const struct {
    const char* name;
    bool client_first;
    bool server_first;
    uint64_t client_bytes;
    uint64_t server_bytes;
  } kCases[] = {
      {"ClientClosesFirst", true, false, 50'000, 50'000},
      {"ServerClosesFirst", false, true, 50'000, 50'000},
      {"BothCloseAtOnce", true, true, 50'000, 50'000},
      {"BothCloseWithoutAByte", true, true, 0, 0},
      {"OnlyTheClientSpeaks", true, false, 300'000, 0},
      {"OnlyTheServerSpeaks", false, true, 0, 300'000},
      {"OneByteEach", true, true, 1, 1},
  };
  for (const auto& c : kCases) {
    Scenario s = user_scenario(c.name);
    s.client = {.bytes = c.client_bytes, .closes_first = c.client_first};
    s.server = {.bytes = c.server_bytes, .closes_first = c.server_first};
    all.push_back(s);
  }
}

void add_readers(std::vector<Scenario>& all) {
  Scenario slow = user_scenario("SlowReader");
  slow.server.read_bytes = 10'000;
  slow.server.read_interval = Duration::milliseconds(50);
  slow.client.bytes = 1'000'000;
  all.push_back(slow);

  Scenario crumbs = user_scenario("ReaderOfCrumbs");
  crumbs.server.read_bytes = 97;
  crumbs.server.read_interval = Duration::milliseconds(1);
  crumbs.server_tcp.receive_buffer_bytes = 4096;
  crumbs.client.bytes = 30'000;
  all.push_back(crumbs);

  Scenario both = user_scenario("BothReadSlowlyFromTinyBuffers");
  both.client.read_bytes = both.server.read_bytes = 500;
  both.client.read_interval = both.server.read_interval = Duration::milliseconds(30);
  both.client_tcp.receive_buffer_bytes = both.server_tcp.receive_buffer_bytes = 2000;
  both.client.bytes = both.server.bytes = 30'000;
  all.push_back(both);
}

void add_writers(std::vector<Scenario>& all) {
  Scenario crumbs = user_scenario("WriterOfCrumbs");
  crumbs.client.write_bytes = 3;
  crumbs.client.bytes = 20'000;
  all.push_back(crumbs);

  Scenario nagle = user_scenario("Nagle");
  nagle.client_tcp.nagle = nagle.server_tcp.nagle = true;
  nagle.client.write_bytes = 700;
  all.push_back(nagle);

  Scenario odd = user_scenario("OddSizes");
  odd.client.write_bytes = 1461;
  odd.server.write_bytes = 4099;
  odd.client_tcp.send_buffer_bytes = 7000;
  odd.server_tcp.receive_buffer_bytes = 65'537;
  all.push_back(odd);

  Scenario starved = user_scenario("FewPackets");
  starved.packets = 140;  // enough for what both may queue, not for what they may have in flight as well
  starved.client_tcp.send_buffer_bytes = starved.server_tcp.send_buffer_bytes = 65'536;
  starved.client.bytes = starved.server.bytes = 1'000'000;
  all.push_back(starved);
}

void add_dead_peers(std::vector<Scenario>& all) {
  const struct {
    const char* name;
    Duration after;
    uint32_t read_bytes;
  } kCases[] = {
      {"PeerStopsEarly", Duration::milliseconds(60), 0},
      {"PeerStopsInTheMiddle", Duration::milliseconds(200), 0},
      {"PeerStopsBehindAClosedWindow", Duration::seconds(2), 100},
  };
  for (const auto& k : kCases) {
    Scenario s = user_scenario(k.name);
    s.client.bytes = s.server.bytes = 50'000'000;
    s.client.read_bytes = s.server.read_bytes = k.read_bytes;
    s.client.read_interval = s.server.read_interval = Duration::milliseconds(k.read_bytes > 0 ? 100 : 0);
    s.cut_after = k.after;
    all.push_back(s);
  }
  Scenario reno = user_scenario("NewReno");
  reno.client_tcp.congestion = reno.server_tcp.congestion = tcp::Congestion::kNewReno;
  reno.client.bytes = 1'000'000;
  all.push_back(reno);
}

}  // namespace

std::vector<Scenario> path_scenarios() {
  struct Named {
    const char* name;
    LinkSettings link;
  };
  const Duration kDelays[] = {Duration::microseconds(10), Duration::milliseconds(2), Duration::milliseconds(20),
                              Duration::milliseconds(80), Duration::milliseconds(300)};
  const Named kTroubles[] = {
      {"Clean", {}},
      {"Loss1Percent", {.loss = 10}},
      {"Loss3Percent", {.loss = 30}},
      {"Loss5Percent", {.loss = 50}},
      {"Loss20Percent", {.loss = 200}},
      {"EveryTenth", {.lose_every = 10}},
      {"EveryHundredth", {.lose_every = 100}},
      {"Outages", {.loss = 5, .outage = Duration::milliseconds(30)}},
      {"LongOutages", {.loss = 2, .outage = Duration::milliseconds(700)}},
      {"Reordered", {.reorder = 100}},
      {"MuchReordered", {.reorder = 400}},
      {"ReorderedAndLost", {.loss = 20, .reorder = 100}},
      {"Duplicated", {.duplicate = 200}},
      {"Corrupted", {.corrupt = 50}},
      {"Everything", {.loss = 30, .reorder = 50, .duplicate = 50, .corrupt = 20}},
      {"SlowLine", {.rate_bytes_per_second = 250'000, .queue_segments = 20}},
      {"ShortQueue", {.rate_bytes_per_second = 2'000'000, .queue_segments = 5}},
      {"LongQueue", {.rate_bytes_per_second = 2'000'000, .queue_segments = 500}},
      {"LossyLine", {.rate_bytes_per_second = 2'000'000, .queue_segments = 50, .loss = 10}},
      {"FastLine", {.rate_bytes_per_second = 25'000'000, .queue_segments = 100}},
      {"SmallerMtu", {.mtu = 1280, .mtu_changes = Duration::milliseconds(200)}},
      {"MuchSmallerMtu", {.loss = 10, .mtu = 600, .mtu_changes = Duration::milliseconds(5)}},
  };
  std::vector<Scenario> all;
  for (const bool sack : {true, false}) {
    for (const Duration delay : kDelays) {
      for (const Named& trouble : kTroubles) {
        LinkSettings link = trouble.link;
        link.delay = delay;
        link.removes_sack = !sack;
        const char* kind = sack ? "" : "_NoSack";
        Scenario s{.name = std::string(trouble.name) + "_" + std::to_string(delay.us()) + "us" + kind};
        s.path(link);
        // One in three round trips fails at the worst of these: nine in a row are not a dead peer.
        s.client_tcp.user_timeout = s.server_tcp.user_timeout = Duration::seconds(1200);
        all.push_back(s);
      }
    }
  }
  return all;
}

std::vector<Scenario> user_scenarios() {
  std::vector<Scenario> all;
  add_closings(all);
  add_readers(all);
  add_writers(all);
  Scenario simultaneous = user_scenario("SimultaneousOpen");
  simultaneous.simultaneous_open = true;
  simultaneous.client_tcp.first_source_port = simultaneous.client_tcp.last_source_port = Port{40'000};
  simultaneous.server_tcp.first_source_port = simultaneous.server_tcp.last_source_port = Port{80};
  all.push_back(simultaneous);
  Scenario keep_alive = user_scenario("KeepAliveOnBothSides");
  keep_alive.client_tcp.keep_alive_idle = keep_alive.server_tcp.keep_alive_idle = Duration::milliseconds(50);
  all.push_back(keep_alive);
  add_dead_peers(all);
  return all;
}

}  // namespace sluice::sim
