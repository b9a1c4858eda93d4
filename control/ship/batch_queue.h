// BatchQueue: records that wait to be sent together, and when a batch is due, tried again or given up. Kong's `queue`.
//
// No sockets and no clock of its own: its owner tells the time and what became of each batch. Never holds more than its
// bounds: the oldest records make way, and are counted as lost.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "sluice/policy/plugins/log_queue.h"
#include "sluice/units.h"

namespace sluice::control {

class BatchQueue {
 public:
  explicit BatchQueue(const policy::LogQueue& settings) : settings_(settings) {}

  void push(std::string record, Instant now);

  // The batch that is due: it is full, its first record has waited long enough, or another try of it is. It stays the
  // present one until sent() or failed(). nullptr: none, or one is being sent.
  const std::vector<std::string>* try_take(Instant now);
  // What became of the batch. REQUIRES: try_take() gave one since the last of these.
  void sent();
  void failed(Instant now);
  // It cannot be sent at all.
  void give_up();
  // What waits is sent without waiting for more: nothing more will come.
  void hurry() { hurried_ = true; }

  bool empty() const { return records_.empty() && batch_.empty(); }
  size_t waiting() const { return records_.size() + batch_.size(); }
  uint64_t sent_records() const { return sent_records_; }
  uint64_t lost_records() const { return lost_records_; }

 private:
  struct Record {
    std::string text;
    Instant arrived;
  };
  bool over_bounds() const;
  bool due(Instant now) const;

  const policy::LogQueue settings_;
  std::deque<Record> records_;
  size_t bytes_ = 0;  // of records_

  std::vector<std::string> batch_;  // taken, not yet sent
  Instant first_try_{};
  Instant next_try_{};
  Duration retry_delay_{};
  bool sending_ = false;
  bool hurried_ = false;

  uint64_t sent_records_ = 0;
  uint64_t lost_records_ = 0;
};

}  // namespace sluice::control
