// Recorder: writes what is left of each request: its records into the worker's rings, its times into the histograms.
//
// One per worker, the only writer of its rings. A full ring loses the record, counts that, and never blocks; the
// sequence number goes on, so that the log shows the gap.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/spsc_ring.h"
#include "base/worker_context.h"
#include "exchange/snapshot.h"
#include "gateway/context.h"
#include "http/request_context.h"
#include "http/transaction.h"
#include "sluice/histogram.h"
#include "sluice/log_record.h"
#include "upstream/call.h"

namespace sluice::exchange {

// What an exchange found out about itself on its way, beside what stands in its contexts.
struct Facts {
  // The request as the client sent it, before any stage changed it. Lives in the transaction's arena.
  std::string_view method;
  std::string_view host;
  std::string_view path;
  uint8_t version_minor = 1;

  bool reached_gateway = false;
  uint16_t status = 0;  // of the final head that was sent; 0: none
  uint16_t origin_status = 0;
  AnsweredBy answered_by = AnsweredBy::kNobody;
  Ending ending = Ending::kComplete;
  RecordFailure failure;

  uint64_t request_body_bytes = 0;
  uint64_t response_body_bytes = 0;

  http::WireBytes wire;

  WallTime date{};     // of its beginning
  Instant started{};   // read, not the poll's, like the two below
  Instant answered{};  // of the final head; zero: none
  Instant ended{};     // REQUIRES: set before it is recorded
  uint16_t tries = 0;
  upstream::Attempt last_try;                        // meaningful when tries > 0
  std::span<const upstream::Attempt> earlier_tries;  // of one that a logging plugin wants, up to a bound
  Duration edge_time{};
  Duration gateway_time{};
  Duration connect_time{};
  Instant call_started{};  // meaningful when tries > 0, like the two below
  Instant call_answered{};
  Instant call_ended{};

  Duration total_time() const { return ended - started; }
};

// What the records say of a request whose answer outlives its policy, copied while policy and head were at hand.
struct Description {
  EdgeRecord edge;
  GatewayRecord gateway;
};

class Recorder final : public RecordSource {
 public:
  Recorder(WorkerContext& worker, size_t ring_records);

  // Writes the records of an exchange that has ended. REQUIRES: one of the two is called, once for each exchange.
  void record(const Facts& facts, const gateway::Context& context, const Snapshot& snapshot);
  void record(const Facts& facts, const Description& described);
  // For the second, before the end.
  void describe(const Facts& facts, const gateway::Context& context, const Snapshot& snapshot,
                Description& description) const;
  // Writes the edge's record of a head that was refused. snapshot: nullptr before the first.
  void record_refusal(const http::RequestHandler::Refusal& refusal, const RequestId& request_id,
                      const Snapshot* snapshot);

  const Latencies& latencies() const { return latencies_; }

  bool try_take(EdgeRecord& record) override { return edge_ring_.try_pop(record); }
  bool try_take(GatewayRecord& record) override { return gateway_ring_.try_pop(record); }

 private:
  void describe(const Facts& facts, const gateway::Context& context, const Snapshot& snapshot,
                EdgeRecord& record) const;
  void describe(const Facts& facts, const gateway::Context& context, const Snapshot& snapshot,
                GatewayRecord& record) const;
  void conclude(const Facts& facts, EdgeRecord& record) const;
  void conclude(const Facts& facts, GatewayRecord& record) const;
  RecordHeader header(const RequestId& request_id, const Snapshot* snapshot, WallTime started) const;
  void note_latencies(const Facts& facts);
  template <typename Fill>
  void write_edge(Fill&& fill);
  template <typename Fill>
  void write_gateway(Fill&& fill);

  WorkerContext& worker_;
  SpscRing<EdgeRecord> edge_ring_;
  SpscRing<GatewayRecord> gateway_ring_;
  uint64_t edge_sequence_ = 0;
  uint64_t gateway_sequence_ = 0;
  Latencies latencies_;
};

// 32 lower-case hex digits.
RequestId make_request_id(Random& random);

}  // namespace sluice::exchange
