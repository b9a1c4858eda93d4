#include "exchange/inquiry.h"

#include <algorithm>

#include "base/worker_context.h"
#include "edge/stage.h"
#include "gateway/header_fields.h"
#include "gateway/stage.h"
#include "http/h1_parser.h"
#include "http/request_context.h"
#include "match/scratch.h"
#include "sluice/policy/node_limits.h"
#include "token/verified_memory.h"
#include "upstream/upstream.h"

namespace sluice::exchange {

namespace {

constexpr size_t kBudgetBytes = 4 << 20;
constexpr IpAddress kNobody = IpAddress::v4(0xC0000201);  // 192.0.2.1, RFC 5737

// A worker that exists for one question: what the stages count and remember goes nowhere.
struct Bench {
  explicit Bench(WallTime now) : clock(Instant{}, now) {}

  Clock clock;
  Random random{1};
  TimerWheel timers{Instant{}};
  TaskQueue tasks;
  BlockPool blocks{kBudgetBytes};
  Counters counters;
  WorkerContext worker{WorkerId{0}, clock, random, timers, tasks, blocks, counters};
  token::VerifiedMemory verified_tokens{worker, {.tokens = token::VerifiedMemory::kWays}};
  Arena arena{blocks};
};

// The request's head as a client would send it.
std::string head_of(const Question& question) {
  std::string_view target = question.url;
  std::string_view authority = "localhost";
  if (const size_t scheme = target.find("://"); scheme != std::string_view::npos) {
    target.remove_prefix(scheme + 3);
    const size_t path = std::min(target.find_first_of("/?"), target.size());
    authority = target.substr(0, path);
    target.remove_prefix(path);
  }
  std::string head =
      question.method + " " + (target.starts_with('/') ? "" : "/") + std::string(target) + " HTTP/1.1\r\n";
  const bool own_host =
      std::ranges::any_of(question.headers, [](const auto& h) { return http::iequals(h.first, "host"); });
  if (!own_host) head += "Host: " + std::string(authority) + "\r\n";
  for (const auto& [name, value] : question.headers) head += name + ": " + value + "\r\n";
  return head + "\r\n";
}

void add_edge(std::string& out, const Snapshot& snapshot, http::RequestContext& http) {
  edge::Context edge(http);
  out += "edge stage\n";
  const std::vector<std::string> lines = snapshot.edge().explain(edge);
  if (lines.empty()) out += "  no rule does anything\n";
  for (const std::string& line : lines) out += "  " + line + "\n";
}

void add_gateway(std::string& out, const Snapshot& snapshot, http::RequestContext& http) {
  gateway::Context gateway(http);
  out += "gateway stage\n";
  for (const std::string& line : snapshot.gateway().explain(gateway)) out += "  " + line + "\n";
}

}  // namespace

std::string explain(const Snapshot& snapshot, const Question& question, WallTime now) {
  Bench bench(now);
  const std::string head = head_of(question);
  http::Request request(bench.arena);
  const policy::Limits limits;
  if (const auto error = http::parse_request_head(head, limits, request)) {
    return "refused before any stage: status " + std::to_string(error->status) + "\n";
  }
  gateway::remove_hop_by_hop(request.headers);
  http::RequestContext http(bench.worker, bench.arena, request);
  const IpAddress client = question.client.is_unspecified() ? kNobody : question.client;
  http.client.peer.address = http.client.address = client;
  http.client.local.port = Port{80};
  http.scratch = &snapshot.control_scratch();
  http.verified_tokens = &bench.verified_tokens;
  http.request_id = "00000000000000000000000000000000";

  std::string out;
  add_edge(out, snapshot, http);
  add_gateway(out, snapshot, http);
  return out;
}

std::vector<UpstreamHealth> health_of_upstreams(const Snapshot& snapshot) {
  const upstream::UpstreamSet& set = snapshot.upstreams();
  std::vector<UpstreamHealth> all;
  for (const auto& compiled : set.all()) {
    if (compiled->policy == nullptr) continue;
    UpstreamHealth& health = all.emplace_back(UpstreamHealth{compiled->policy, {}});
    // The compiled targets are those of the policy without those of weight 0, in the same order.
    auto next = compiled->targets.begin();
    for (const policy::Target& target : compiled->policy->targets) {
      const bool chosen = target.weight > 0;
      health.targets.push_back({.target = &target,
                                .watched = chosen && compiled->watches_health(),
                                .healthy = !chosen || set.healthy(*compiled, *next)});
      if (chosen) ++next;
    }
  }
  return all;
}

bool set_health(const Snapshot& snapshot, upstream::HealthTable& health, const policy::Target& target, bool healthy) {
  for (const auto& compiled : snapshot.upstreams().all()) {
    if (compiled->policy == nullptr || !compiled->watches_health()) continue;
    auto next = compiled->targets.begin();
    for (const policy::Target& own : compiled->policy->targets) {
      if (own.weight == 0) continue;
      if (&own == &target) {
        health.report(next->slot, healthy ? upstream::Outcome::kSuccess : upstream::Outcome::kTcpFailure,
                      {.successes = 1, .tcp_failures = 1});
        return true;
      }
      ++next;
    }
  }
  return false;
}

}  // namespace sluice::exchange
