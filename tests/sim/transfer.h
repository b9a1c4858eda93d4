// Transfer: one side's user in a simulation: writes its bytes, checks every byte of the other side's, closes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "support/test_worker.h"
#include "tcp/stack.h"

namespace sluice::sim {

struct TransferSettings {
  uint64_t bytes = 0;           // to send
  uint32_t write_bytes = 8192;  // at a time
  uint32_t read_bytes = 0;      // taken at each reading; 0: all that is there
  Duration read_interval{};     // a slow reader reads by a timer; 0: as soon as bytes arrive
  bool closes_first = true;     // ends its side when its bytes are written; else after the peer's end
};

class Transfer final : public tcp::ConnectionEvents, public tcp::AcceptHandler {
 public:
  // pattern: what this side sends; expected: what the other side says it will send.
  Transfer(test::TestWorker& worker, const TransferSettings& settings, uint64_t pattern, uint64_t expected);

  void begin(tcp::Connection& connection) { connection_ = &connection; }

  tcp::ConnectionEvents* on_accept(tcp::Connection& connection) override;
  void on_connected() override { write(); }
  void on_readable() override;
  void on_writable() override { write(); }
  void on_closed(tcp::CloseReason reason) override;

  const std::optional<tcp::CloseReason>& closed() const { return closed_; }
  uint64_t received() const { return received_; }
  uint64_t written() const { return written_; }
  uint64_t first_wrong() const { return first_wrong_; }
  // While it is open.
  const tcp::Connection* connection() const { return connection_; }
  static constexpr uint64_t kNoneWrong = UINT64_MAX;

 private:
  void write();
  void read();
  void end_if_done();

  test::TestWorker& worker_;
  TransferSettings settings_;
  uint64_t pattern_;
  uint64_t expected_;
  tcp::Connection* connection_ = nullptr;
  uint64_t written_ = 0;
  uint64_t received_ = 0;
  uint64_t first_wrong_ = kNoneWrong;
  std::optional<tcp::CloseReason> closed_;
  Timer read_timer_;
  Timer write_timer_;  // tries again when there were no packets
};

}  // namespace sluice::sim
