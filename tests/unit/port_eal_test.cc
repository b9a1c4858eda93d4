// Ports on DPDK's own virtual devices, in ordinary memory: no privileges, no huge pages, no network.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rte_ethdev.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "base/flow_hash.h"
#include "port/eal.h"
#include "port/packet_memory.h"
#include "port/port.h"
#include "port/port_queue.h"

namespace sluice::port {
namespace {

using ::testing::HasSubstr;

// EAL starts once a process, so all tests share it.
class EalEnvironment : public ::testing::Environment {
 public:
  void SetUp() override {
    auto started = Eal::start({.huge_pages = false, .memory_bytes = 64 << 20, .workers = 2});
    ASSERT_TRUE(started.ok()) << started.error().text();
    eal = std::move(started).value();
    for (uint8_t worker = 0; worker < 2; ++worker) {
      auto pool = make_packet_pool(WorkerId{worker}, {.packets = 2048}, counters[worker]);
      ASSERT_TRUE(pool.ok()) << pool.error().text();
      pools.push_back(std::move(pool).value());
    }
  }
  void TearDown() override {
    pools.clear();
    eal.reset();
  }

  static inline std::unique_ptr<Eal> eal;
  static inline std::array<Counters, 2> counters;
  static inline std::vector<std::unique_ptr<PacketPool>> pools;
  static inline const FlowOwners owners{2, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};
};

const auto* const environment = ::testing::AddGlobalTestEnvironment(new EalEnvironment);

policy::NodePort settings_of(std::string device) {
  policy::NodePort settings;
  settings.name = "test";
  settings.device = std::move(device);
  return settings;
}

std::unique_ptr<Port> open(const policy::NodePort& settings) {
  auto port = Port::open(settings, EalEnvironment::pools, EalEnvironment::owners);
  EXPECT_TRUE(port.ok()) << port.error().text();
  return port.ok() ? std::move(port).value() : nullptr;
}

Packet packet_of(std::string_view text) {
  Packet packet = EalEnvironment::pools[0]->try_allocate();
  std::memcpy(packet.append(text.size()).data(), text.data(), text.size());
  return packet;
}

std::string text_of(const Packet& packet) {
  return {reinterpret_cast<const char*>(packet.bytes().data()), packet.size()};
}

TEST(Port, Ring_BringsBackWhatWasSent) {
  const auto port = open(settings_of("net_ring0"));
  ASSERT_NE(port, nullptr);
  Counters counters;
  PortQueue queue(port->facts().device_id, 0, counters);

  queue.transmit(packet_of("first"));
  queue.transmit(packet_of("second"));
  queue.flush();
  std::array<Packet, PortQueue::kBurst> arrived;
  ASSERT_EQ(queue.receive(arrived), 2u);

  EXPECT_EQ(text_of(arrived[0]), "first");
  EXPECT_EQ(text_of(arrived[1]), "second");
  EXPECT_EQ(counters.get(Counter::kPortTxPackets), 2u);
  EXPECT_EQ(counters.get(Counter::kPortRxPackets), 2u);
  EXPECT_EQ(counters.get(Counter::kPortRxBytes), 11u);
}

TEST(Port, Transmit_FullBurstGoesWithoutFlush) {
  const auto port = open(settings_of("net_ring1"));
  ASSERT_NE(port, nullptr);
  Counters counters;
  PortQueue queue(port->facts().device_id, 0, counters);
  for (unsigned i = 0; i < PortQueue::kBurst; ++i) queue.transmit(packet_of("x"));
  EXPECT_EQ(counters.get(Counter::kPortTxPackets), PortQueue::kBurst);
}

TEST(Port, Transmit_FullRingDropsAndCounts) {
  const auto port = open(settings_of("net_ring2"));
  ASSERT_NE(port, nullptr);
  Counters counters;
  PortQueue queue(port->facts().device_id, 0, counters);
  const uint32_t before = EalEnvironment::pools[0]->available();
  for (unsigned i = 0; i < 1500; ++i) queue.transmit(packet_of("x"));
  queue.flush();

  EXPECT_GT(counters.get(Counter::kPortTxFull), 0u);
  EXPECT_EQ(counters.get(Counter::kPortTxFull) + counters.get(Counter::kPortTxPackets), 1500u);
  std::array<Packet, PortQueue::kBurst> arrived;
  while (queue.receive(arrived) > 0) {
  }
  for (Packet& packet : arrived) packet.reset();
  EXPECT_EQ(EalEnvironment::pools[0]->available(), before);
}

TEST(Port, Open_OneQueueAWorker) {
  const auto port = open(settings_of("net_ring3"));
  ASSERT_NE(port, nullptr);
  EXPECT_EQ(port->facts().queues, 2u);
  EXPECT_FALSE(port->facts().steers_flows);
}

TEST(Port, Open_NoMoreQueuesThanAsked) {
  policy::NodePort settings = settings_of("net_ring4");
  settings.queues = 1;
  const auto port = open(settings);
  ASSERT_NE(port, nullptr);
  EXPECT_EQ(port->facts().queues, 1u);
}

TEST(Port, Open_UnknownDriverSaysWhatEalSaid) {
  const auto port = Port::open(settings_of("net_nothing0"), EalEnvironment::pools, EalEnvironment::owners);
  ASSERT_FALSE(port.ok());
  EXPECT_THAT(port.error().message, HasSubstr("port test (net_nothing0)"));
  EXPECT_THAT(port.error().message, HasSubstr("EAL: "));
}

TEST(Port, Open_MissingInterfaceSaysWhatTheDriverSaid) {
  const auto port =
      Port::open(settings_of("net_af_packet0,iface=nosuch0"), EalEnvironment::pools, EalEnvironment::owners);
  ASSERT_FALSE(port.ok());
  EXPECT_THAT(port.error().message, HasSubstr("nosuch0"));
}

TEST(Port, Open_MtuBeyondAPacketBufferIsRefused) {
  policy::NodePort settings = settings_of("net_ring5");
  settings.mtu = 9000;
  const auto port = Port::open(settings, EalEnvironment::pools, EalEnvironment::owners);
  ASSERT_FALSE(port.ok());
  EXPECT_THAT(port.error().text(), HasSubstr("mtu"));
}

TEST(Port, Close_FreesTheNameForTheNextOpen) {
  ASSERT_NE(open(settings_of("net_null0")), nullptr);
  EXPECT_NE(open(settings_of("net_null0")), nullptr);
}

TEST(Port, Null_ReceivesFullBursts) {
  const auto port = open(settings_of("net_null1,size=100"));
  ASSERT_NE(port, nullptr);
  Counters counters;
  PortQueue queue(port->facts().device_id, 0, counters);
  std::array<Packet, PortQueue::kBurst> arrived;
  ASSERT_EQ(queue.receive(arrived), PortQueue::kBurst);
  EXPECT_EQ(arrived[0].size(), 100u);
}

// net_null keeps a key and a table as a NIC with RSS does.
TEST(Port, Rss_DeviceGetsTheKeyAndTableOfFlowHash) {
  const auto port = open(settings_of("net_null2"));
  ASSERT_NE(port, nullptr);
  EXPECT_TRUE(port->facts().steers_flows);

  std::array<uint8_t, 40> key{};
  rte_eth_rss_conf hash{.rss_key = key.data(), .rss_key_len = key.size()};
  ASSERT_EQ(rte_eth_dev_rss_hash_conf_get(port->facts().device_id, &hash), 0);
  EXPECT_TRUE(std::ranges::equal(key, EalEnvironment::owners.device_key().first(key.size())));

  constexpr unsigned kEntries = 128;
  std::array<rte_eth_rss_reta_entry64, kEntries / 64> table{};
  for (auto& group : table) group.mask = UINT64_MAX;
  ASSERT_EQ(rte_eth_dev_rss_reta_query(port->facts().device_id, table.data(), kEntries), 0);
  for (unsigned i = 0; i < kEntries; ++i)
    EXPECT_EQ(table[i / 64].reta[i % 64], EalEnvironment::owners.owner_of_hash(i).value) << i;
}

TEST(Port, Rss_FewerQueuesThanWorkersLeaveSteeringToThem) {
  policy::NodePort settings = settings_of("net_null3");
  settings.queues = 1;
  const auto port = open(settings);
  ASSERT_NE(port, nullptr);
  EXPECT_FALSE(port->facts().steers_flows);
}

TEST(Eal, Launch_RunsTheBodyOnAnotherThread) {
  static pthread_t ran_on;
  ASSERT_TRUE(EalEnvironment::eal->launch(
      WorkerId{1},
      [](void*) {
        ran_on = pthread_self();
        return 0;
      },
      nullptr));
  EalEnvironment::eal->join(WorkerId{1});
  EXPECT_FALSE(pthread_equal(ran_on, pthread_self()));
}

TEST(Eal, Launch_RefusesAWorkerThatIsNotThere) {
  EXPECT_FALSE(EalEnvironment::eal->launch(WorkerId{7}, [](void*) { return 0; }, nullptr));
}

TEST(Eal, Start_SecondStartFails) {
  EXPECT_FALSE(Eal::start({.huge_pages = false, .memory_bytes = 64 << 20, .workers = 1}).ok());
}

}  // namespace
}  // namespace sluice::port
