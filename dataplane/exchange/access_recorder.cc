#include "exchange/access_recorder.h"

#include <new>

#include "gateway/consumers.h"
#include "gateway/text.h"

namespace sluice::exchange {

namespace {

constexpr std::string_view kRedacted = "REDACTED";

template <typename Entity>
uint32_t place_in(const std::vector<Entity>& all, const Entity* entity) {
  return entity == nullptr ? kNoEntity : static_cast<uint32_t>(entity - all.data());
}

bool is_secret(std::string_view name) {
  return http::iequals(name, "authorization") || http::iequals(name, "proxy-authorization");
}

// How many of them had room. `reserve_bytes` stay free.
uint16_t add_headers(PackedTexts& texts, std::span<const http::Header> headers, size_t reserve_bytes) {
  uint16_t added = 0;
  for (const http::Header& header : headers) {
    const std::string_view value = is_secret(header.name) ? kRedacted : header.value;
    const size_t value_bytes = value.size() + sizeof(uint16_t);
    if (!texts.add(header.name, value_bytes + reserve_bytes)) break;
    if (!texts.add(value, reserve_bytes)) break;
    ++added;
  }
  return added;
}

void add_target(PackedTexts& texts, std::string_view target) {
  constexpr size_t kMostOfATarget = 1024;
  texts.add(target.substr(0, kMostOfATarget));
}

// As nginx counts the end of a try that had no answer.
uint16_t failure_status(upstream::CallFailure failure) {
  switch (failure) {
    case upstream::CallFailure::kTimeout:
      return 504;
    case upstream::CallFailure::kInternal:
      return 500;
    default:
      return 502;
  }
}

AccessTry access_try(const upstream::Attempt& attempt, Instant started) {
  return {.origin = attempt.origin,
          .begun = attempt.began - started,
          .choosing_time = attempt.choosing_time,
          .status = attempt.failure ? failure_status(*attempt.failure) : uint16_t{0},
          .failed = attempt.failure.has_value()};
}

void add_tries(const Facts& facts, AccessRecord& record) {
  record.tries = facts.tries;
  if (facts.tries == 0) return;
  for (const upstream::Attempt& earlier : facts.earlier_tries) {
    record.try_list[record.kept_tries++] = access_try(earlier, facts.started);
  }
  AccessTry& last = record.try_list[record.kept_tries++] = access_try(facts.last_try, facts.started);
  if (facts.origin_status == 0) return;
  last.status = facts.origin_status;
  last.failed = false;
}

std::string_view upstream_target(const gateway::Context& context) {
  const gateway::UpstreamTarget& upstream = context.upstream;
  if (upstream.query.empty()) return upstream.path;
  const std::string_view whole = gateway::concat(context.http.arena, {upstream.path, "?", upstream.query});
  return whole.data() == nullptr ? upstream.path : whole;
}

}  // namespace

std::optional<std::span<const http::Header>> keep_headers(Arena& arena, std::span<const http::Header> headers,
                                                          bool deep, std::optional<http::Header> last) {
  if (headers.empty() && !last) return std::span<const http::Header>();
  const std::span<http::Header> kept = arena.try_array<http::Header>(headers.size() + (last ? 1 : 0));
  if (kept.empty()) return std::nullopt;
  if (last) kept.back() = *last;
  for (size_t i = 0; i < headers.size(); ++i) {
    kept[i] = headers[i];
    if (!deep) continue;
    kept[i] = {arena.try_copy(headers[i].name), arena.try_copy(headers[i].value)};
    if (kept[i].name.data() == nullptr || kept[i].value.data() == nullptr) return std::nullopt;
  }
  return kept;
}

void AccessRecorder::record(const LogSinks& sinks, const Facts& facts, const HeadsSeen& heads,
                            const gateway::Context& context, const Snapshot& snapshot) {
  ++sequence_;
  AccessRecord* slot = ring_.try_reserve();
  if (slot == nullptr) return worker_.count(Counter::kExchangeAccessRecordsLost);
  AccessRecord& record = *new (slot) AccessRecord;
  describe(sinks, facts, heads, context, snapshot, record);
  conclude(facts, record);
  ring_.commit();
}

void AccessRecorder::record(const AccessRecord& described, const Facts& facts) {
  ++sequence_;
  AccessRecord* slot = ring_.try_reserve();
  if (slot == nullptr) return worker_.count(Counter::kExchangeAccessRecordsLost);
  *slot = described;
  conclude(facts, *slot);
  ring_.commit();
}

void AccessRecorder::describe(const LogSinks& sinks, const Facts& facts, const HeadsSeen& heads,
                              const gateway::Context& context, const Snapshot& snapshot, AccessRecord& record) const {
  const http::RequestContext& http = context.http;
  const policy::Policy& policy = snapshot.policy();
  record.sinks = sinks;
  record.header.worker = worker_.id;
  std::memcpy(record.header.request_id.data(), http.request_id.data(),
              std::min(http.request_id.size(), record.header.request_id.size()));
  record.header.policy_fingerprint = snapshot.fingerprint();
  record.header.policy_generation = snapshot.generation();
  record.route = place_in(policy.routes, context.route);
  record.service = place_in(policy.services, context.service);
  if (context.authentication.consumer != nullptr) record.consumer = context.authentication.consumer->index;
  record.credential_id.assign(context.authentication.credential_id);
  record.client_address = http.client.address;
  record.peer_address = http.client.peer.address;
  record.version_minor = facts.version_minor;
  record.local_port = http.client.local.port;
  record.secure = http.client.secure;
  record.trace = context.trace;

  record.proxied = context.proxied.has_value();

  constexpr size_t kForResponseHeaders = PackedTexts::kBytes / 4;
  const std::string_view method = context.upstream.method.empty() ? facts.method : context.upstream.method;
  record.texts.add(method.substr(0, 64));
  record.texts.add(facts.host.substr(0, 512));
  add_target(record.texts, heads.target);
  add_target(record.texts, upstream_target(context));
  record.texts.add(context.correlation_id.substr(0, 256));
  record.request_headers = add_headers(record.texts, heads.request_headers, kForResponseHeaders);
  record.response_headers = add_headers(record.texts, heads.response_headers, 0);
  if (record.request_headers < heads.request_headers.size() ||
      record.response_headers < heads.response_headers.size()) {
    worker_.count(Counter::kExchangeAccessRecordsCut);
  }
}

// Times as Kong tells them: what is for an origin until the last try, then until the answer's head, then until its end.
void AccessRecorder::conclude(const Facts& facts, AccessRecord& record) const {
  const Instant answered = facts.answered == Instant{} ? facts.ended : facts.answered;
  record.header.sequence = sequence_;
  record.total_time = facts.total_time();
  record.header.started = facts.date;
  record.status = facts.status;
  record.origin_status = facts.origin_status;
  record.answered_by = facts.answered_by;
  add_tries(facts, record);
  // A body that nobody read is not counted, though some of it may have come along with the head.
  const bool body_read = facts.tries > 0 || facts.request_body_bytes > 0;
  record.request_bytes = body_read ? facts.wire.received : facts.wire.head;
  record.response_bytes = facts.wire.sent;

  const Instant waits_from = facts.tries == 0 ? answered : facts.last_try.began + facts.last_try.choosing_time;
  record.own_time = waits_from - facts.started;
  if (!record.proxied) return;
  record.waiting_time = answered - waits_from;
  if (facts.ending == Ending::kComplete) record.receive_time = facts.ended - answered;
}

}  // namespace sluice::exchange
