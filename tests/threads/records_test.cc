// Log records on their way from a worker's thread to the log writer's.
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>

#include "exchange/recorder.h"
#include "support/test_worker.h"

namespace sluice::exchange {
namespace {

TEST(Records, WhatTheRingTook_ComesOutWholeAndInOrder_WhatItDidNotIsCounted) {
  constexpr uint64_t kRecords = 50'000;
  test::TestWorker worker;
  Recorder recorder(worker.context, 64);
  std::atomic<bool> written{false};

  uint64_t taken = 0;
  uint64_t strange = 0;
  std::thread writer([&] {
    uint64_t last = 0;
    EdgeRecord record;
    for (bool more = true; more;) {
      more = !written.load(std::memory_order_acquire);
      for (; recorder.try_take(record); ++taken) {
        strange += record.header.sequence <= last || record.method.view() != std::to_string(record.header.sequence) ||
                   record.status != record.header.sequence % 600;
        last = record.header.sequence;
      }
      std::this_thread::yield();
    }
  });
  const Endpoint client{IpAddress::parse("198.18.0.2").value(), Port{40'000}};
  Arena arena(worker.blocks);
  http::Request request(arena);
  for (uint64_t number = 1; number <= kRecords; ++number) {
    const std::string method = std::to_string(number);
    request.method = method;
    recorder.record_refusal({.status = static_cast<uint16_t>(number % 600),
                             .error = {},
                             .request = &request,
                             .client = client,
                             .local = client},
                            RequestId{}, nullptr);
  }
  written.store(true, std::memory_order_release);
  writer.join();
  EXPECT_EQ(strange, 0u);
  EXPECT_EQ(taken + worker.counted(Counter::kExchangeEdgeRecordsLost), kRecords);
  EXPECT_GT(taken, 0u);
}

}  // namespace
}  // namespace sluice::exchange
