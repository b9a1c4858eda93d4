// Upstream: a virtual host over weighted targets, and how requests are spread over them. Kong's entities and defaults.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "sluice/policy/certificate.h"
#include "sluice/policy/field.h"
#include "sluice/policy/healthchecks.h"
#include "sluice/policy/ref.h"
#include "sluice/policy/uuid.h"
#include "sluice/units.h"

namespace sluice::policy {

enum class Algorithm : uint8_t { kConsistentHashing, kLeastConnections, kRoundRobin, kLatency };
constexpr std::array<std::string_view, 4> names_of(Algorithm) {
  return {"consistent-hashing", "least-connections", "round-robin", "latency"};
}

enum class HashOn : uint8_t { kNone, kConsumer, kIp, kHeader, kCookie, kPath, kQueryArg, kUriCapture };
constexpr std::array<std::string_view, 8> names_of(HashOn) {
  return {"none", "consumer", "ip", "header", "cookie", "path", "query_arg", "uri_capture"};
}

// A host and a port in one text, "host:port", with brackets around an IPv6 address.
struct HostPort {
  std::string host;  // a name or an address, without brackets
  Port port{8000};

  std::string text() const {
    const bool six = host.find(':') != std::string::npos;
    return (six ? "[" + host + "]" : host) + ":" + std::to_string(port.value);
  }
  bool operator==(const HostPort&) const = default;
};

struct Target {
  Uuid id;
  HostPort target;        // unique in its upstream
  uint16_t weight = 100;  // 0: known, but gets nothing
  std::vector<std::string> tags;
  Mark where;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("id", s.id, {.help = "the id; UUIDv5 of upstream and target where not given"});
    visit("target", s.target,
          {.help = "host:port; port 8000 where not given", .text = TextKind::kTarget, .required = true});
    visit("weight", s.weight, {.help = "share of the requests", .least = 0, .most = 65535});
    visit("tags", s.tags, kTags);
  }
};

struct Upstream {
  Uuid id;
  std::string name;  // unique; what a service's host names
  Algorithm algorithm = Algorithm::kRoundRobin;
  HashOn hash_on = HashOn::kNone;
  HashOn hash_fallback = HashOn::kNone;
  std::optional<std::string> hash_on_header;
  std::optional<std::string> hash_fallback_header;
  std::optional<std::string> hash_on_cookie;
  std::string hash_on_cookie_path = "/";
  std::optional<std::string> hash_on_query_arg;
  std::optional<std::string> hash_fallback_query_arg;
  std::optional<std::string> hash_on_uri_capture;
  std::optional<std::string> hash_fallback_uri_capture;
  uint32_t slots = 10000;
  Healthchecks healthchecks;
  std::optional<std::string> host_header;              // Host towards the targets; theirs where not given
  std::optional<Ref<Certificate>> client_certificate;  // towards targets that speak TLS
  bool use_srv_name = false;
  std::vector<std::string> tags;
  std::vector<Target> targets;
  Mark where;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("id", s.id, {.help = "the id; UUIDv5 of the name where not given"});
    visit("name", s.name,
          {.help = "a unique host name, not an address", .text = TextKind::kUpstreamName, .required = true});
    visit("algorithm", s.algorithm, {.help = "how a target is chosen"});
    visit("hash_on", s.hash_on, {.help = "what consistent-hashing hashes"});
    visit("hash_fallback", s.hash_fallback, {.help = "what it hashes where the first is absent"});
    visit("hash_on_header", s.hash_on_header, {.help = "the header of hash_on: header", .text = TextKind::kHeaderName});
    visit("hash_fallback_header", s.hash_fallback_header,
          {.help = "the header of hash_fallback: header", .text = TextKind::kHeaderName});
    visit("hash_on_cookie", s.hash_on_cookie,
          {.help = "the cookie of hash_on: cookie; set where absent", .text = TextKind::kToken});
    visit("hash_on_cookie_path", s.hash_on_cookie_path, {.help = "the path of that cookie", .text = TextKind::kPath});
    visit("hash_on_query_arg", s.hash_on_query_arg, {.help = "the argument of hash_on: query_arg"});
    visit("hash_fallback_query_arg", s.hash_fallback_query_arg, {.help = "the argument of hash_fallback: query_arg"});
    visit("hash_on_uri_capture", s.hash_on_uri_capture, {.help = "the capture of hash_on: uri_capture"});
    visit("hash_fallback_uri_capture", s.hash_fallback_uri_capture,
          {.help = "the capture of hash_fallback: uri_capture"});
    visit("slots", s.slots, {.help = "points on the ring of consistent-hashing", .least = 10, .most = 65536});
    visit("healthchecks", s.healthchecks, {.help = "health checks"});
    visit("host_header", s.host_header, {.help = "Host towards the targets", .text = TextKind::kHostPort});
    visit("client_certificate", s.client_certificate, {.help = "certificate towards the targets"});
    visit("use_srv_name", s.use_srv_name, {.help = "send the SRV record's name as Host"});
    visit("tags", s.tags, kTags);
  }

  // Whoever says what to hash wants it hashed, as in Kong.
  void complete() {
    if (algorithm == Algorithm::kLeastConnections || algorithm == Algorithm::kLatency) hash_on = HashOn::kNone;
    if (hash_on != HashOn::kNone) algorithm = Algorithm::kConsistentHashing;
  }

  void check(Complaints& complaints) const {
    require(complaints, hash_on == HashOn::kHeader, hash_on_header, "hash_on_header", "hash_on");
    require(complaints, hash_on == HashOn::kCookie, hash_on_cookie, "hash_on_cookie", "hash_on");
    require(complaints, hash_on == HashOn::kQueryArg, hash_on_query_arg, "hash_on_query_arg", "hash_on");
    require(complaints, hash_on == HashOn::kUriCapture, hash_on_uri_capture, "hash_on_uri_capture", "hash_on");
    require(complaints, hash_fallback == HashOn::kHeader, hash_fallback_header, "hash_fallback_header",
            "hash_fallback");
    require(complaints, hash_fallback == HashOn::kCookie, hash_on_cookie, "hash_on_cookie", "hash_fallback");
    require(complaints, hash_fallback == HashOn::kQueryArg, hash_fallback_query_arg, "hash_fallback_query_arg",
            "hash_fallback");
    require(complaints, hash_fallback == HashOn::kUriCapture, hash_fallback_uri_capture, "hash_fallback_uri_capture",
            "hash_fallback");
    check_fallback(complaints);
    if (use_srv_name) complaints.field("use_srv_name", "not supported yet: SRV records are not asked for");
    distinct(complaints, hash_on_header, hash_fallback_header, "'hash_on_header', 'hash_fallback_header'");
    distinct(complaints, hash_on_query_arg, hash_fallback_query_arg, "'hash_on_query_arg', 'hash_fallback_query_arg'");
    distinct(complaints, hash_on_uri_capture, hash_fallback_uri_capture,
             "'hash_on_uri_capture', 'hash_fallback_uri_capture'");
  }

 private:
  static void require(Complaints& complaints, bool needed, const std::optional<std::string>& value,
                      std::string_view field, std::string_view by) {
    if (!needed || value) return;
    complaints.field(field, "required field missing");
    complaints.entity("failed conditional validation given value of field '" + std::string(by) + "'");
  }

  static void distinct(Complaints& complaints, const std::optional<std::string>& a, const std::optional<std::string>& b,
                       std::string_view fields) {
    if (a && a == b) complaints.entity("values of these fields must be distinct: " + std::string(fields));
  }

  // A second hash makes sense only after a first that may be absent, and over something else.
  void check_fallback(Complaints& complaints) const {
    const bool always_there = hash_on == HashOn::kNone || hash_on == HashOn::kCookie;
    if (hash_fallback == HashOn::kNone) return;
    if (always_there) {
      complaints.field("hash_fallback", "expected one of: none");
    } else if (hash_fallback == hash_on &&
               (hash_on == HashOn::kConsumer || hash_on == HashOn::kIp || hash_on == HashOn::kPath)) {
      std::string others;
      for (size_t i = 0; i < names_of(hash_on).size(); ++i) {
        if (static_cast<HashOn>(i) != hash_on)
          others += (others.empty() ? "" : ", ") + std::string(names_of(hash_on)[i]);
      }
      complaints.field("hash_fallback", "expected one of: " + others);
    } else {
      return;
    }
    complaints.entity("failed conditional validation given value of field 'hash_on'");
  }
};

}  // namespace sluice::policy
