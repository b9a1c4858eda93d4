// What is kept above TCP while packets run out, where no shedding of connections sees it.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "exchange_rig.h"

namespace sluice::exchange::test {
namespace {

constexpr uint32_t kPackets = 1024;
constexpr uint32_t kCritical = kPackets / 16;  // TCP takes no connections any more

struct ScarcityTest : testing::Test {
  void SetUp() override {
    rig.origins.answer_all([](const HttpMessage& request) {
      return std::string(request.start_line.find("/silent") == std::string::npos ? kOk : "");
    });
    rig.reload();
  }
  // A request that is answered at once.
  void expect_service() {
    EXPECT_GE(rig.worker.packets->available(), kCritical);
    Peer& client = rig.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const auto response = take_message(client.received());
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status(), 200);
  }

  Rig rig{{.packets = kPackets, .exchanges = 2048}};
};

TEST_F(ScarcityTest, HeadsThatWaitForASilentOrigin_LeaveTheReserve) {
  for (uint32_t i = 0; i < kPackets + 100; ++i) rig.send("GET /silent HTTP/1.1\r\nHost: a\r\n\r\n");
  expect_service();
}

TEST_F(ScarcityTest, TrailersThatWaitForASilentOrigin_LeaveTheReserve) {
  for (uint32_t i = 0; i < kPackets + 100; ++i) {
    Peer& client = rig.send("POST /silent HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    client.send("0\r\nA: b\r\n\r\n");
    rig.run();
  }
  expect_service();
}

TEST_F(ScarcityTest, BodiesInTinyPieces_LeaveTheReserve) {
  std::vector<Peer*> clients;
  for (int i = 0; i < 10; ++i) {
    clients.push_back(&rig.send("PUT /silent HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n"));
  }
  for (int piece = 0; piece < 120; ++piece) {
    for (Peer* client : clients) client->send("0123456789");
    rig.run();
  }
  expect_service();
}

}  // namespace
}  // namespace sluice::exchange::test
