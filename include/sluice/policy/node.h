// Node: all that node.yaml said: what differs from machine to machine. Validated, defaults filled.
//
// Read once at start by control; workers see the parts they need.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sluice/ip_address.h"
#include "sluice/policy/field.h"
#include "sluice/policy/node_limits.h"
#include "sluice/policy/node_ports.h"
#include "sluice/units.h"

namespace sluice::policy {

enum class Idle : uint8_t { kSpin, kYield, kSleep };
constexpr std::array<std::string_view, 3> names_of(Idle) {
  return {"spin", "yield", "sleep"};
}

struct WorkersConfig {
  uint8_t count = 1;
  std::vector<uint16_t> cores;  // one a worker; empty: the system chooses
  Idle idle = Idle::kSleep;
  Duration max_sleep = Duration::microseconds(50);

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("count", s.count, {.help = "workers", .least = 1, .most = kMaxWorkers});
    visit("cores", s.cores, {.help = "core of each worker; empty: the system chooses"});
    visit("idle", s.idle, {.help = "what a worker does when nothing arrives"});
    visit("max_sleep", s.max_sleep, {.help = "longest sleep of idle: sleep", .unit = Unit::kDuration, .least = 0});
  }

  void check(Complaints& complaints) const {
    if (!cores.empty() && cores.size() != count) {
      complaints.field("cores", "expected one core for each of the " + std::to_string(count) + " workers");
    }
  }
};

struct MemoryConfig {
  bool huge_pages = true;
  uint64_t size_bytes = 512ull << 20;
  uint32_t packets_per_worker = 16384;
  uint64_t blocks_bytes = 64ull << 20;
  uint64_t cache_bytes = 64ull << 20;
  uint64_t introspections_bytes = 16ull << 20;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("huge_pages", s.huge_pages, {.help = "false: ordinary pages (DPDK's --no-huge)"});
    visit("size", s.size_bytes, {.help = "memory for packets and tables", .unit = Unit::kBytes, .least = 64 << 20});
    visit("packets_per_worker", s.packets_per_worker,
          {.help = "packet buffers of a worker", .least = 1024, .most = 1 << 24});
    visit("blocks", s.blocks_bytes,
          {.help = "budget for the blocks of requests, all workers", .unit = Unit::kBytes, .least = 1 << 20});
    visit("cache", s.cache_bytes,
          {.help = "answers that proxy-cache keeps, all workers", .unit = Unit::kBytes, .least = 1 << 20});
    visit("introspections", s.introspections_bytes,
          {.help = "answers about tokens that oauth2-introspection remembers, all workers",
           .unit = Unit::kBytes,
           .least = 1 << 20});
  }
};

enum class ListenerProtocol : uint8_t { kHttp };
constexpr std::array<std::string_view, 1> names_of(ListenerProtocol) {
  return {"http"};
}

struct Listener {
  static constexpr std::string_view kEntityType = "listener";

  IpAddress address = IpAddress::v4(0);  // unspecified: every address of every port
  Port port;
  ListenerProtocol protocol = ListenerProtocol::kHttp;
  // Whose X-Forwarded-* are believed, and where the client's address is read from then.
  std::vector<Cidr> trusted_ips;
  std::string real_ip_header = "X-Real-IP";
  bool real_ip_recursive = false;
  uint32_t backlog = 4096;
  Mark where;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("address", s.address, {.help = "an address of a port; 0.0.0.0 or ::: all, of IPv4 and IPv6"});
    visit("port", s.port, {.help = "TCP port", .required = true, .least = 1, .most = 65535});
    visit("protocol", s.protocol, {.help = "what clients speak"});
    visit("trusted_ips", s.trusted_ips, {.help = "proxies whose X-Forwarded-* are believed"});
    visit("real_ip_header", s.real_ip_header,
          {.help = "the header they tell the client's address in", .text = TextKind::kHeaderName});
    visit("real_ip_recursive", s.real_ip_recursive,
          {.help = "the last address that is not trusted, instead of the last"});
    visit("backlog", s.backlog,
          {.help = "adds to the handshakes that may be in progress at a worker, over all listeners; beyond, SYNs are "
                   "answered by cookies",
           .least = 1,
           .most = 1 << 20});
  }
};

struct LogsConfig {
  std::string edge = "/var/log/sluice/edge.log";
  std::string gateway = "/var/log/sluice/gateway.log";

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("edge", s.edge, {.help = "the edge log's file; off: none is kept", .text = TextKind::kLogFile});
    visit("gateway", s.gateway, {.help = "the gateway log's file; off: none is kept", .text = TextKind::kLogFile});
  }
};

struct DnsConfig {
  std::vector<IpAddress> servers;  // empty: the system's
  Duration timeout = Duration::seconds(2);

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("servers", s.servers, {.help = "name servers; the system's where not given"});
    visit("timeout", s.timeout, {.help = "limit of one question", .unit = Unit::kDuration, .least = 1});
  }
};

// What one mistake in a policy does.
enum class OnMistake : uint8_t {
  kRefuse,      // the policy before stays in force
  kQuarantine,  // the broken entity, and what depends on it, is left out; the rest is served
};
constexpr std::array<std::string_view, 2> names_of(OnMistake) {
  return {"refuse", "quarantine"};
}

// The control socket's interface on a TCP port of the kernel's, for tools on other machines.
struct AdminConfig {
  IpAddress address = IpAddress::v4(0x7f000001);
  std::optional<Port> port;  // not given: there is no such listener
  std::optional<std::string> token_file;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("address", s.address, {.help = "an address of the management interface"});
    visit("port", s.port, {.help = "TCP port; without it there is no such listener", .least = 1, .most = 65535});
    visit("token_file", s.token_file,
          {.help = "a file with the token that each request must show", .text = TextKind::kFilePath});
  }

  void check(Complaints& complaints) const {
    if (port && !token_file) complaints.field("token_file", "required field missing");
  }
};

struct Node {
  std::vector<NodePort> ports;
  std::vector<NodeRoute> routes;
  WorkersConfig workers;
  MemoryConfig memory;
  std::vector<Listener> listeners;
  Limits limits;
  TcpConfig tcp;
  std::string control_socket = "/run/sluice/control.sock";
  AdminConfig admin;
  OnMistake on_policy_mistake = OnMistake::kRefuse;
  LogsConfig logs;
  DnsConfig dns;
  std::optional<std::string> trusted_certificates;
  std::string product = "sluice/0.1.0";  // in Via and Server

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("ports", s.ports, {.help = "network ports of the data plane", .required = true, .not_empty = true});
    visit("routes", s.routes, {.help = "static routes"});
    visit("workers", s.workers, {.help = "the threads that serve requests"});
    visit("memory", s.memory, {.help = "memory of the data plane"});
    visit("listeners", s.listeners, {.help = "where clients connect", .required = true, .not_empty = true});
    visit("limits", s.limits, {.help = "bounds of what clients may do"});
    visit("tcp", s.tcp, {.help = "settings of TCP"});
    visit("control_socket", s.control_socket, {.help = "the control socket, mode 0600", .text = TextKind::kFilePath});
    visit("admin", s.admin, {.help = "the same interface on a TCP port"});
    visit("on_policy_mistake", s.on_policy_mistake,
          {.help = "refuse the policy, or leave out what is broken and what depends on it"});
    visit("logs", s.logs, {.help = "log files"});
    visit("dns", s.dns, {.help = "how the control thread resolves names"});
    visit("trusted_certificates", s.trusted_certificates,
          {.help =
               "a PEM file of the authorities that authorization servers are verified by; the system's where not given",
           .text = TextKind::kFilePath});
    visit("product", s.product, {.help = "product name in Via and Server", .text = TextKind::kHeaderValue});
  }
};

}  // namespace sluice::policy
