// AccessRecorder: writes the records that the logging plugins of requests want, into a ring of their own.
//
// One per worker, the only writer of its ring. A full ring loses the record, counts that, and never blocks. What stood
// in `authorization` and `proxy-authorization` is not written (Kong's REDACTED). Headers that a record has no room for
// are left out, which is counted.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/spsc_ring.h"
#include "base/worker_context.h"
#include "exchange/recorder.h"
#include "exchange/snapshot.h"
#include "gateway/context.h"
#include "http/header_map.h"
#include "sluice/access_record.h"

namespace sluice::exchange {

// What an exchange keeps of its heads for a record, as soon as it knows that one is wanted. Lives in its arena.
struct HeadsSeen {
  std::string_view target;                        // as the client sent it
  std::span<const http::Header> request_headers;  // as the plugins left them
  std::span<const http::Header> response_headers;
};

// Fields that stay as they are while their message changes: names and values are copied where `deep`; `last`, which
// lives as long as the arena, stands behind them. None: no memory.
std::optional<std::span<const http::Header>> keep_headers(Arena& arena, std::span<const http::Header> headers,
                                                          bool deep, std::optional<http::Header> last = std::nullopt);

class AccessRecorder final : public AccessRecordSource {
 public:
  AccessRecorder(WorkerContext& worker, size_t ring_records) : worker_(worker), ring_(ring_records) {}

  // Writes the record of an exchange that has ended. REQUIRES: sinks.count > 0.
  void record(const LogSinks& sinks, const Facts& facts, const HeadsSeen& heads, const gateway::Context& context,
              const Snapshot& snapshot);
  // In two steps, of an answer that lets go of its policy before its end.
  void describe(const LogSinks& sinks, const Facts& facts, const HeadsSeen& heads, const gateway::Context& context,
                const Snapshot& snapshot, AccessRecord& record) const;
  void record(const AccessRecord& described, const Facts& facts);

  bool try_take(AccessRecord& record) override { return ring_.try_pop(record); }

 private:
  void conclude(const Facts& facts, AccessRecord& record) const;

  WorkerContext& worker_;
  SpscRing<AccessRecord> ring_;
  uint64_t sequence_ = 0;
};

}  // namespace sluice::exchange
