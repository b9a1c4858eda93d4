#include "exchange/recorder.h"

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

}  // namespace

Recorder::Recorder(WorkerContext& worker, size_t ring_records)
    : worker_(worker), edge_ring_(ring_records), gateway_ring_(ring_records) {}

void Recorder::describe(const Facts& facts, const gateway::Context& context, const Snapshot& snapshot,
                        Records& records) const {
  EdgeRecord& edge = records.edge;
  edge.header = header(id_of(context.http.request_id), &snapshot, worker_.now() - facts.started);
  edge.peer = context.http.client.peer;
  edge.local = context.http.client.local;
  edge.client_address = context.http.client.address;
  edge.secure = context.http.client.secure;
  edge.version_minor = facts.version_minor;
  edge.method.assign(facts.method);
  edge.host.assign(facts.host);
  edge.path.assign(facts.path);
  edge.token_verified = context.http.token.valid;
  edge.token_algorithm.assign(context.http.token.algorithm);
  if (!facts.reached_gateway) return;

  GatewayRecord& gateway = records.gateway;
  gateway.header = edge.header;
  gateway.method.assign(context.http.request.method);
  gateway.host.assign(context.http.request.authority);
  gateway.path.assign(context.path.empty() ? facts.path : context.path);
  if (context.proxied) gateway.upstream_path.assign(context.upstream.path);
  fill_entities(gateway, context);
}

void Recorder::write(const Facts& facts, Records& records) {
  finish(facts, records.edge);
  latencies_.edge.record(facts.edge_time);
  latencies_.total.record(records.edge.total_time);
  push(records.edge);
  if (!facts.reached_gateway) return;
  finish(facts, records.gateway);
  latencies_.gateway.record(facts.gateway_time);
  if (facts.tries > 0) latencies_.upstream.record(upstream_time(facts));
  push(records.gateway);
}

void Recorder::finish(const Facts& facts, EdgeRecord& record) {
  record.status = facts.status;
  record.answered_by = facts.answered_by;
  record.ending = facts.ending;
  record.failure = facts.failure;
  record.request_body_bytes = facts.request_body_bytes;
  record.response_body_bytes = facts.response_body_bytes;
  record.edge_time = facts.edge_time;
  record.gateway_time = facts.gateway_time;
  record.upstream_time = upstream_time(facts);
  record.total_time = worker_.now() - facts.started;
}

void Recorder::finish(const Facts& facts, GatewayRecord& record) {
  record.origin = facts.origin;
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
  record.total_time = worker_.now() - facts.started;
}

void Recorder::record_refusal(const http::RequestHandler::Refusal& refusal, const RequestId& request_id,
                              const Snapshot* snapshot) {
  EdgeRecord edge;
  edge.header = header(request_id, snapshot, {});
  edge.peer = refusal.client;
  edge.client_address = refusal.client.address;
  edge.method.assign(refusal.method);
  edge.status = refusal.status;
  edge.answered_by = AnsweredBy::kServer;
  edge.failure = {.failed = true, .reason = refusal.error.reason, .side = refusal.error.side};
  push(edge);
}

RecordHeader Recorder::header(const RequestId& request_id, const Snapshot* snapshot, Duration age) const {
  RecordHeader header;
  header.worker = worker_.id;
  header.request_id = request_id;
  if (snapshot != nullptr) {
    header.policy_fingerprint = snapshot->fingerprint();
    header.policy_generation = snapshot->generation();
  }
  header.started = WallTime{worker_.clock.wall_now().ns - age.ns};
  return header;
}

void Recorder::push(EdgeRecord& record) {
  record.header.sequence = ++edge_sequence_;
  if (!edge_ring_.try_push(std::move(record))) worker_.count(Counter::kExchangeEdgeRecordsLost);
}

void Recorder::push(GatewayRecord& record) {
  record.header.sequence = ++gateway_sequence_;
  if (!gateway_ring_.try_push(std::move(record))) worker_.count(Counter::kExchangeGatewayRecordsLost);
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
