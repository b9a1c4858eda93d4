// Healthchecks: when an upstream's target counts as healthy. Kong's fields and defaults; a count or interval of 0 is
// off.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "sluice/policy/field.h"
#include "sluice/units.h"

namespace sluice::policy {

enum class ProbeType : uint8_t { kTcp, kHttp, kHttps, kGrpc, kGrpcs };
constexpr std::array<std::string_view, 5> names_of(ProbeType) {
  return {"tcp", "http", "https", "grpc", "grpcs"};
}

namespace health_field {

inline constexpr FieldInfo kStatuses = {.help = "statuses that count", .least = 100, .most = 999};
inline constexpr FieldInfo kInterval = {
    .help = "seconds between two probes; 0: none", .unit = Unit::kSeconds, .least = 0, .most = 65535};
inline constexpr FieldInfo kCount = {.help = "how many in a row change the state; 0: never", .least = 0, .most = 255};

}  // namespace health_field

struct ActiveHealthy {
  std::vector<uint16_t> http_statuses{200, 302};
  Duration interval;
  uint16_t successes = 0;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("http_statuses", s.http_statuses, health_field::kStatuses);
    visit("interval", s.interval, health_field::kInterval);
    visit("successes", s.successes, health_field::kCount);
  }
};

struct ActiveUnhealthy {
  std::vector<uint16_t> http_statuses{429, 404, 500, 501, 502, 503, 504, 505};
  Duration interval;
  uint16_t http_failures = 0;
  uint16_t tcp_failures = 0;
  uint16_t timeouts = 0;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("http_statuses", s.http_statuses, health_field::kStatuses);
    visit("interval", s.interval, health_field::kInterval);
    visit("http_failures", s.http_failures, health_field::kCount);
    visit("tcp_failures", s.tcp_failures, health_field::kCount);
    visit("timeouts", s.timeouts, health_field::kCount);
  }
};

// Probes that Sluice sends itself.
struct ActiveChecks {
  ProbeType type = ProbeType::kHttp;
  Duration timeout = Duration::seconds(1);
  uint32_t concurrency = 10;
  std::string http_path = "/";
  std::optional<std::string> https_sni;
  bool https_verify_certificate = true;
  std::vector<NamedValues> headers;
  ActiveHealthy healthy;
  ActiveUnhealthy unhealthy;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("type", s.type, {.help = "what a probe is"});
    visit("timeout", s.timeout,
          {.help = "limit of a probe, seconds", .unit = Unit::kSeconds, .least = 0, .most = 65535});
    visit("concurrency", s.concurrency, {.help = "probes at once", .least = 1, .most = 2147483648});
    visit("http_path", s.http_path, {.help = "path of a probe", .text = TextKind::kPath});
    visit("https_sni", s.https_sni, {.help = "server name of a probe", .text = TextKind::kSni});
    visit("https_verify_certificate", s.https_verify_certificate, {.help = "verify the target's certificate"});
    visit("headers", s.headers,
          {.help = "headers of a probe",
           .text = TextKind::kHeaderName,
           .value = TextKind::kHeaderValue,
           .empty_is_null = true});
    visit("healthy", s.healthy, {.help = "what makes a target healthy"});
    visit("unhealthy", s.unhealthy, {.help = "what makes a target unhealthy"});
  }

  // Whether any are sent.
  bool are_on() const { return healthy.interval != Duration{} || unhealthy.interval != Duration{}; }

  void check(Complaints& complaints) const {
    if (!are_on() || type == ProbeType::kHttp || type == ProbeType::kTcp) return;
    complaints.field("type", "active checks over TLS and gRPC are not supported yet: expected one of: tcp, http");
  }
};

struct PassiveHealthy {
  std::vector<uint16_t> http_statuses{200, 201, 202, 203, 204, 205, 206, 207, 208, 226,
                                      300, 301, 302, 303, 304, 305, 306, 307, 308};
  uint16_t successes = 0;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("http_statuses", s.http_statuses, health_field::kStatuses);
    visit("successes", s.successes, health_field::kCount);
  }
};

struct PassiveUnhealthy {
  std::vector<uint16_t> http_statuses{429, 500, 503};
  uint16_t http_failures = 0;
  uint16_t tcp_failures = 0;
  uint16_t timeouts = 0;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("http_statuses", s.http_statuses, health_field::kStatuses);
    visit("http_failures", s.http_failures, health_field::kCount);
    visit("tcp_failures", s.tcp_failures, health_field::kCount);
    visit("timeouts", s.timeouts, health_field::kCount);
  }
};

// What the proxied requests themselves tell.
struct PassiveChecks {
  ProbeType type = ProbeType::kHttp;
  PassiveHealthy healthy;
  PassiveUnhealthy unhealthy;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("type", s.type, {.help = "what is counted"});
    visit("healthy", s.healthy, {.help = "what makes a target healthy"});
    visit("unhealthy", s.unhealthy, {.help = "what makes a target unhealthy"});
  }
};

struct Healthchecks {
  ActiveChecks active;
  PassiveChecks passive;
  double threshold = 0;  // percent of the weight that must be healthy, else the upstream answers 503; 0: off

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("active", s.active, {.help = "probes"});
    visit("passive", s.passive, {.help = "what proxied requests tell"});
    visit("threshold", s.threshold,
          {.help = "percent of the weight that must be healthy; 0: off", .least = 0, .most = 100});
  }
};

}  // namespace sluice::policy
