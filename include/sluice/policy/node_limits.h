// Limits, TcpConfig: the bounds of what one client may use, and TCP's settings. Part of Node.
#pragma once

#include <cstdint>

#include "sluice/policy/field.h"
#include "sluice/units.h"

namespace sluice::policy {

struct Limits {
  uint32_t header_bytes = 32 << 10;  // request line and headers together
  uint16_t header_count = 100;
  uint32_t target_bytes = 8 << 10;
  uint64_t body_bytes = 1ull << 30;
  uint32_t chunk_line_bytes = 256;
  uint32_t replay_body_bytes = 64 << 10;
  uint64_t drain_bytes = 1 << 20;
  Duration drain_timeout = Duration::seconds(5);
  Duration idle_timeout = Duration::seconds(75);
  Duration header_timeout = Duration::seconds(30);
  Duration body_timeout = Duration::seconds(60);
  uint32_t min_body_rate_bytes = 0;
  uint32_t requests_per_connection = 1000;
  uint32_t connections = 100000;
  uint32_t connections_per_source = 0;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("header_bytes", s.header_bytes,
          {.help = "request line and headers together; more is 431",
           .unit = Unit::kBytes,
           .least = 1024,
           .most = 60 << 10});
    visit("header_count", s.header_count, {.help = "header lines; more is 431", .least = 8, .most = 1000});
    visit("target_bytes", s.target_bytes,
          {.help = "request target; longer is 414", .unit = Unit::kBytes, .least = 256, .most = 60 << 10});
    visit("body_bytes", s.body_bytes, {.help = "request body; longer is 413", .unit = Unit::kBytes, .least = 0});
    visit("chunk_line_bytes", s.chunk_line_bytes,
          {.help = "a chunk's size line with its extensions", .unit = Unit::kBytes, .least = 16, .most = 65536});
    visit("replay_body_bytes", s.replay_body_bytes,
          {.help = "body kept for a retry; a longer one is not retried",
           .unit = Unit::kBytes,
           .least = 0,
           .most = 16 << 20});
    visit("drain_bytes", s.drain_bytes,
          {.help = "body still read after an early answer, before the connection closes",
           .unit = Unit::kBytes,
           .least = 0});
    visit("drain_timeout", s.drain_timeout, duration("limit of that"));
    visit("idle_timeout", s.idle_timeout, duration("connection at rest between two requests"));
    visit("header_timeout", s.header_timeout,
          duration("from a request's first byte to the end of its headers; longer is 408"));
    visit("body_timeout", s.body_timeout, duration("between two reads of a body"));
    visit("min_body_rate", s.min_body_rate_bytes,
          {.help = "slowest body, bytes a second; 0: any", .unit = Unit::kBytes, .least = 0});
    visit("requests_per_connection", s.requests_per_connection,
          {.help = "requests before a connection is closed; 0: any number", .least = 0});
    visit("connections", s.connections, {.help = "client connections of one worker", .least = 1, .most = 1 << 24});
    visit("connections_per_source", s.connections_per_source,
          {.help = "client connections of one address at one worker; 0: any number", .least = 0});
  }

 private:
  static constexpr FieldInfo duration(std::string_view help) {
    return {.help = help, .unit = Unit::kDuration, .above = 0};
  }
};

struct TcpConfig {
  Duration time_wait = Duration::seconds(60);
  Duration min_rto = Duration::milliseconds(200);
  Duration max_rto = Duration::seconds(60);
  Duration initial_rto = Duration::seconds(1);
  uint8_t syn_retries = 5;
  Duration user_timeout = Duration::seconds(120);
  uint32_t receive_buffer_bytes = 4 << 20;
  uint32_t send_buffer_bytes = 4 << 20;
  bool timestamps = true;
  bool window_scale = true;
  Port first_ephemeral_port{32768};
  Port last_ephemeral_port{60999};

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("time_wait", s.time_wait, duration("stay in TIME-WAIT"));
    visit("min_rto", s.min_rto, duration("least retransmission timeout"));
    visit("max_rto", s.max_rto, duration("most of it"));
    visit("initial_rto", s.initial_rto, duration("retransmission timeout before the first measurement"));
    visit("syn_retries", s.syn_retries,
          {.help = "retransmissions of a SYN, ours or an answer to a client's, before the attempt is given up; ours is "
                   "after a minute, too",
           .least = 0,
           .most = 15});
    visit("user_timeout", s.user_timeout,
          duration("a connection is given up when nothing of what was sent is acknowledged for so long"));
    visit("receive_buffer", s.receive_buffer_bytes,
          {.help = "most that a connection is let send ahead of what is read; it grows with need",
           .unit = Unit::kBytes,
           .least = 4096,
           .most = 64 << 20});
    visit("send_buffer", s.send_buffer_bytes,
          {.help = "most unacknowledged bytes of a connection; it grows with need",
           .unit = Unit::kBytes,
           .least = 4096,
           .most = 64 << 20});
    visit("timestamps", s.timestamps, {.help = "offer RFC 7323 timestamps, and agree to them"});
    visit("window_scale", s.window_scale, {.help = "offer RFC 7323 window scaling, and agree to it"});
    visit("first_ephemeral_port", s.first_ephemeral_port,
          {.help = "own ports towards origins, from", .least = 1024, .most = 65535});
    visit("last_ephemeral_port", s.last_ephemeral_port, {.help = "to", .least = 1024, .most = 65535});
  }

  void check(Complaints& complaints) const {
    if (max_rto < min_rto) complaints.field("max_rto", "must not be less than min_rto");
    if (last_ephemeral_port < first_ephemeral_port)
      complaints.field("last_ephemeral_port", "must not be less than first_ephemeral_port");
  }

 private:
  static constexpr FieldInfo duration(std::string_view help) {
    return {.help = help, .unit = Unit::kDuration, .above = 0};
  }
};

}  // namespace sluice::policy
