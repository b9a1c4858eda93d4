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

void Recorder::record(const Facts& facts, const gateway::Context& context, const Snapshot& snapshot) {
  const Duration total = worker_.now() - context.http.started;
  const RecordHeader common = header(id_of(context.http.request_id), &snapshot, total);
  latencies_.edge.record(facts.edge_time);
  latencies_.total.record(total);

  EdgeRecord edge;
  edge.header = common;
  edge.peer = context.http.client.peer;
  edge.local = context.http.client.local;
  edge.client_address = context.http.client.address;
  edge.secure = context.http.client.secure;
  edge.version_minor = facts.version_minor;
  edge.method.assign(facts.method);
  edge.host.assign(facts.host);
  edge.path.assign(facts.path);
  edge.status = facts.status;
  edge.answered_by = facts.answered_by;
  edge.ending = facts.ending;
  edge.failure = facts.failure;
  edge.request_body_bytes = facts.request_body_bytes;
  edge.response_body_bytes = facts.response_body_bytes;
  edge.token_verified = context.http.token.valid;
  edge.token_algorithm.assign(context.http.token.algorithm);
  edge.edge_time = facts.edge_time;
  edge.gateway_time = facts.gateway_time;
  edge.upstream_time = upstream_time(facts);
  edge.total_time = total;
  push(edge);

  if (!facts.reached_gateway) return;
  latencies_.gateway.record(facts.gateway_time);
  if (facts.tries > 0) latencies_.upstream.record(upstream_time(facts));

  GatewayRecord gateway;
  gateway.header = common;
  gateway.method.assign(context.http.request.method);
  gateway.host.assign(context.http.request.authority);
  gateway.path.assign(context.path.empty() ? facts.path : context.path);
  if (facts.tries > 0) gateway.upstream_path.assign(context.upstream.path);
  fill_entities(gateway, context);
  gateway.origin = facts.origin;
  gateway.tries = facts.tries;
  gateway.origin_status = facts.origin_status;
  gateway.status = facts.status;
  gateway.answered_by = facts.answered_by;
  gateway.ending = facts.ending;
  gateway.failure = facts.failure;
  gateway.gateway_time = facts.gateway_time;
  gateway.connect_time = facts.connect_time;
  gateway.first_byte_time = first_byte_time(facts);
  gateway.upstream_time = upstream_time(facts);
  gateway.total_time = total;
  push(gateway);
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
