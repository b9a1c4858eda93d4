#include "exchange/recorder.h"

#include <cstring>
#include <new>

#include "gateway/consumers.h"
#include "sluice/policy/route.h"
#include "sluice/policy/service.h"

namespace sluice::exchange {

namespace {

RequestId id_of(std::string_view text) {
  RequestId id{};
  std::memcpy(id.data(), text.data(), std::min(text.size(), id.size()));
  return id;
}

Duration upstream_time(const Facts& facts) {
  return facts.tries == 0 ? Duration{} : facts.call_ended - facts.call_started;
}

Duration first_byte_time(const Facts& facts) {
  return facts.origin_status == 0 ? Duration{} : facts.call_answered - facts.call_started;
}

void fill_entities(GatewayRecord& record, const gateway::Context& context) {
  if (context.route != nullptr) {
    record.route_id = context.route->id.bytes();
    record.route_name.assign(context.route->name.value_or(""));
  }
  if (context.service != nullptr) {
    record.service_id = context.service->id.bytes();
    record.service_name.assign(context.service->name.value_or(""));
  }
  if (const gateway::Consumer* consumer = context.authentication.consumer; consumer != nullptr) {
    record.consumer_id = consumer->policy->id.bytes();
    record.consumer_name.assign(consumer->username.empty() ? consumer->custom_id : consumer->username);
  }
  record.credential_id.assign(context.authentication.credential_id);
}

// Fills the next slot of `ring` in place: of a record's long texts only what is there is written. False: full.
template <typename Record, typename Fill>
bool write(SpscRing<Record>& ring, uint64_t sequence, Fill&& fill) {
  Record* slot = ring.try_reserve();
  if (slot == nullptr) return false;
  fill(*new (slot) Record);
  slot->header.sequence = sequence;
  ring.commit();
  return true;
}

}  // namespace

Recorder::Recorder(WorkerContext& worker, size_t ring_records)
    : worker_(worker), edge_ring_(ring_records), gateway_ring_(ring_records) {}

template <typename Fill>
void Recorder::write_edge(Fill&& fill) {
  if (!write(edge_ring_, ++edge_sequence_, fill)) worker_.count(Counter::kExchangeEdgeRecordsLost);
}

template <typename Fill>
void Recorder::write_gateway(Fill&& fill) {
  if (!write(gateway_ring_, ++gateway_sequence_, fill)) worker_.count(Counter::kExchangeGatewayRecordsLost);
}

void Recorder::record(const Facts& facts, const gateway::Context& context, const Snapshot& snapshot) {
  note_latencies(facts);
  write_edge([&](EdgeRecord& record) {
    describe(facts, context, snapshot, record);
    conclude(facts, record);
  });
  if (!facts.reached_gateway) return;
  write_gateway([&](GatewayRecord& record) {
    describe(facts, context, snapshot, record);
    conclude(facts, record);
  });
}

void Recorder::record(const Facts& facts, const Description& described) {
  note_latencies(facts);
  write_edge([&](EdgeRecord& record) {
    record = described.edge;
    conclude(facts, record);
  });
  write_gateway([&](GatewayRecord& record) {
    record = described.gateway;
    conclude(facts, record);
  });
}

void Recorder::describe(const Facts& facts, const gateway::Context& context, const Snapshot& snapshot,
                        Description& description) const {
  describe(facts, context, snapshot, description.edge);
  describe(facts, context, snapshot, description.gateway);
}

void Recorder::describe(const Facts& facts, const gateway::Context& context, const Snapshot& snapshot,
                        EdgeRecord& record) const {
  record.header = header(id_of(context.http.request_id), &snapshot, facts.date);
  record.peer = context.http.client.peer;
  record.local = context.http.client.local;
  record.client_address = context.http.client.address;
  record.secure = context.http.client.secure;
  record.version_minor = facts.version_minor;
  record.method.assign(facts.method);
  record.host.assign(facts.host);
  record.path.assign(facts.path);
  record.token_verified = context.http.token.valid;
  record.token_algorithm.assign(context.http.token.algorithm);
}

void Recorder::describe(const Facts& facts, const gateway::Context& context, const Snapshot& snapshot,
                        GatewayRecord& record) const {
  record.header = header(id_of(context.http.request_id), &snapshot, facts.date);
  record.method.assign(context.http.request.method);
  record.host.assign(context.http.request.authority);
  record.path.assign(context.path.empty() ? facts.path : context.path);
  if (context.proxied) record.upstream_path.assign(context.upstream.path);
  fill_entities(record, context);
}

void Recorder::note_latencies(const Facts& facts) {
  latencies_.edge.record(facts.edge_time);
  latencies_.total.record(facts.total_time());
  if (facts.reached_gateway) latencies_.gateway.record(facts.gateway_time);
  if (facts.tries > 0) latencies_.upstream.record(upstream_time(facts));
}

void Recorder::conclude(const Facts& facts, EdgeRecord& record) const {
  record.status = facts.status;
  record.answered_by = facts.answered_by;
  record.ending = facts.ending;
  record.failure = facts.failure;
  record.request_body_bytes = facts.request_body_bytes;
  record.response_body_bytes = facts.response_body_bytes;
  record.edge_time = facts.edge_time;
  record.gateway_time = facts.gateway_time;
  record.upstream_time = upstream_time(facts);
  record.total_time = facts.total_time();
}

void Recorder::conclude(const Facts& facts, GatewayRecord& record) const {
  record.origin = facts.last_try.origin;
  record.tries = facts.tries;
  record.origin_status = facts.origin_status;
  record.status = facts.status;
  record.answered_by = facts.answered_by;
  record.ending = facts.ending;
  record.failure = facts.failure;
  record.gateway_time = facts.gateway_time;
  record.connect_time = facts.connect_time;
  record.first_byte_time = first_byte_time(facts);
  record.upstream_time = upstream_time(facts);
  record.total_time = facts.total_time();
}

void Recorder::record_refusal(const http::RequestHandler::Refusal& refusal, const RequestId& request_id,
                              const Snapshot* snapshot) {
  write_edge([&](EdgeRecord& record) {
    record.header = header(request_id, snapshot, worker_.clock.wall_now());
    record.peer = refusal.client;
    record.client_address = refusal.client.address;
    if (refusal.request != nullptr) record.method.assign(refusal.request->method);
    record.status = refusal.status;
    record.answered_by = AnsweredBy::kServer;
    record.failure = {.failed = true, .reason = refusal.error.reason, .side = refusal.error.side};
  });
}

RecordHeader Recorder::header(const RequestId& request_id, const Snapshot* snapshot, WallTime started) const {
  RecordHeader header;
  header.worker = worker_.id;
  header.request_id = request_id;
  if (snapshot != nullptr) {
    header.policy_fingerprint = snapshot->fingerprint();
    header.policy_generation = snapshot->generation();
  }
  header.started = started;
  return header;
}

RequestId make_request_id(Random& random) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  RequestId id;
  for (size_t half = 0; half < 2; ++half) {
    uint64_t word = random.next();
    for (size_t i = 0; i < 16; ++i, word >>= 4) id[half * 16 + i] = kDigits[word & 15];
  }
  return id;
}

}  // namespace sluice::exchange
