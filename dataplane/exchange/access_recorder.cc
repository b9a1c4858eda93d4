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

size_t bytes_of(std::span<const http::Header> headers) {
  constexpr size_t kLineExtra = 4;  // ": " and CR LF
  size_t bytes = 0;
  for (const http::Header& header : headers) bytes += header.name.size() + header.value.size() + kLineExtra;
  return bytes;
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

std::string_view upstream_target(const gateway::Context& context) {
  const gateway::UpstreamTarget& upstream = context.upstream;
  if (upstream.query.empty()) return upstream.path;
  const std::string_view whole = gateway::concat(context.http.arena, {upstream.path, "?", upstream.query});
  return whole.data() == nullptr ? upstream.path : whole;
}

}  // namespace

std::optional<std::span<const http::Header>> keep_headers(Arena& arena, std::span<const http::Header> headers,
                                                          bool deep) {
  if (headers.empty()) return std::span<const http::Header>();
  const std::span<http::Header> kept = arena.try_array<http::Header>(headers.size());
  if (kept.empty()) return std::nullopt;
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
  record.local_port = http.client.local.port;
  record.secure = http.client.secure;
  record.trace = context.trace;

  constexpr size_t kForResponseHeaders = PackedTexts::kBytes / 4;
  constexpr size_t kLineEnds = 16;  // " HTTP/1.1" and CR LF of a first line, CR LF behind the head
  record.texts.add(facts.method.substr(0, 64));
  record.texts.add(facts.host.substr(0, 512));
  add_target(record.texts, heads.target);
  add_target(record.texts, upstream_target(context));
  record.request_headers = add_headers(record.texts, heads.request_headers, kForResponseHeaders);
  record.response_headers = add_headers(record.texts, heads.response_headers, 0);
  if (record.request_headers < heads.request_headers.size() ||
      record.response_headers < heads.response_headers.size()) {
    worker_.count(Counter::kExchangeAccessRecordsCut);
  }
  record.request_bytes = facts.method.size() + heads.target.size() + bytes_of(heads.request_headers) + kLineEnds;
  record.response_bytes = bytes_of(heads.response_headers) + kLineEnds;
}

void AccessRecorder::conclude(const Facts& facts, AccessRecord& record) const {
  record.header.sequence = sequence_;
  record.total_time = facts.total_time();
  record.header.started = facts.date;
  record.status = facts.status;
  record.origin_status = facts.origin_status;
  record.answered_by = facts.answered_by;
  record.tries = facts.tries;
  record.origin = facts.origin;
  record.request_bytes += facts.request_body_bytes;
  record.response_bytes += facts.response_body_bytes;
  record.until_call = facts.tries == 0 ? record.total_time : facts.call_started - facts.started;
  if (facts.tries > 0) record.upstream_time = facts.call_ended - facts.call_started;
  if (facts.origin_status != 0) record.first_byte_time = facts.call_answered - facts.call_started;
}

}  // namespace sluice::exchange
