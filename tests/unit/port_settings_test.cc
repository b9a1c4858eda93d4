// What DPDK is told: EAL's command line and the arguments of devices, as pure text.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "port/device.h"
#include "port/eal_arguments.h"
#include "port/interface_channels.h"
#include "port/packet_memory.h"

namespace sluice::port {
namespace {

using ::testing::Contains;
using ::testing::Not;

// The value behind `option`; empty when it is not there.
std::string value_of(const std::vector<std::string>& arguments, const std::string& option) {
  const auto at = std::find(arguments.begin(), arguments.end(), option);
  return at == arguments.end() || at + 1 == arguments.end() ? std::string() : *(at + 1);
}

TEST(EalArguments, HugePages_LeaveNothingBehind) {
  const auto arguments = eal_arguments({.memory_bytes = 300 << 20, .workers = 1, .allowed_cores = {0}});
  EXPECT_THAT(arguments, Contains("--in-memory"));
  EXPECT_THAT(arguments, Not(Contains("--no-huge")));
  EXPECT_EQ(value_of(arguments, "-m"), "300");
}

TEST(EalArguments, OrdinaryPages_AreNotCombinedWithInMemory) {
  const auto arguments = eal_arguments({.huge_pages = false, .allowed_cores = {0}});
  EXPECT_THAT(arguments, Contains("--no-huge"));
  EXPECT_THAT(arguments, Not(Contains("--in-memory")));
}

TEST(EalArguments, Cores_OneAWorkerAndTheControlThreadAnywhere) {
  const auto arguments = eal_arguments({.workers = 2, .cores = {3, 5}, .allowed_cores = {0, 1, 3, 5}});
  EXPECT_EQ(value_of(arguments, "--lcores"), "0@(0,1,3,5),1@3,2@5");
  EXPECT_EQ(value_of(arguments, "--main-lcore"), "0");
}

TEST(EalArguments, NoCoresNamed_LetsTheSystemChoose) {
  const auto arguments = eal_arguments({.workers = 3, .allowed_cores = {0, 1}});
  EXPECT_EQ(value_of(arguments, "--lcores"), "0@(0,1),1@(0,1),2@(0,1),3@(0,1)");
}

TEST(EalArguments, WithoutPciDevices_TheBusIsLeftAlone) {
  EXPECT_THAT(eal_arguments({.allowed_cores = {0}, .devices = {"net_ring0"}}), Contains("--no-pci"));
}

TEST(EalArguments, PciDevices_AreTheOnlyOnesTaken) {
  const auto arguments =
      eal_arguments({.allowed_cores = {0}, .devices = {"net_ring0", "0000:3b:00.0", "3b:00.1,some=argument"}});
  EXPECT_THAT(arguments, Not(Contains("--no-pci")));
  EXPECT_THAT(arguments, Contains("0000:3b:00.0"));
  EXPECT_THAT(arguments, Contains("3b:00.1,some=argument"));
  EXPECT_THAT(arguments, Not(Contains("net_ring0")));
  EXPECT_EQ(std::count(arguments.begin(), arguments.end(), "-a"), 2);
}

TEST(Device, PciAddresses_AreRecognised) {
  for (const char* text : {"0000:3b:00.0", "3b:00.0", "ABCD:ff:1f.7", "3b:00.0,key=value"}) {
    EXPECT_TRUE(is_pci_device(text)) << text;
  }
  for (const char* text : {"", "net_ring0", "3b:00", "0000:3b:00.0.0", "3g:00.0", "00:3b:00.0"}) {
    EXPECT_FALSE(is_pci_device(text)) << text;
  }
}

TEST(Device, ShortPciAddress_IsNamedWithItsDomain) {
  EXPECT_EQ(parse_device("3b:00.0").name, "0000:3b:00.0");
  EXPECT_EQ(parse_device("0001:3b:00.0,a=b").name, "0001:3b:00.0");
  EXPECT_FALSE(parse_device("3b:00.0").is_virtual());
}

TEST(Device, VirtualDevice_IsTakenApart) {
  const Device device = parse_device("net_af_packet12,iface=veth1,blocksz=4096");
  EXPECT_EQ(device.name, "net_af_packet12");
  EXPECT_EQ(device.driver, "net_af_packet");
  EXPECT_EQ(device.interface, "veth1");
}

TEST(Device, AfPacket_GetsAQueueAWorker) {
  EXPECT_EQ(probe_arguments(parse_device("net_af_packet0,iface=veth1"), 2, 1500),
            "net_af_packet0,iface=veth1,qpairs=2");
}

TEST(Device, AfPacket_GetsFramesThatHoldTheMtu) {
  EXPECT_EQ(probe_arguments(parse_device("net_af_packet0,iface=veth1"), 1, 2030),
            "net_af_packet0,iface=veth1,qpairs=1,framesz=4096,blocksz=4096");
}

TEST(Device, AfPacket_TakesJumboFramesInWholePages) {
  EXPECT_EQ(probe_arguments(parse_device("net_af_packet0,iface=veth1"), 1, 9216),
            "net_af_packet0,iface=veth1,qpairs=1,framesz=12288,blocksz=12288");
}

TEST(PacketMemory, Room_FitsTheLargestMtu) {
  EXPECT_EQ(data_room_for(576), PacketPool::kDataRoom);
  EXPECT_EQ(data_room_for(1500), PacketPool::kDataRoom);
  EXPECT_EQ(data_room_for(2030), 4096);
  EXPECT_EQ(data_room_for(9216), 12'288);
}

TEST(Device, WhatTheUserSaid_Stays) {
  EXPECT_EQ(probe_arguments(parse_device("net_af_packet0,iface=veth1,qpairs=4"), 2, 1500),
            "net_af_packet0,iface=veth1,qpairs=4");
}

TEST(Device, AfXdp_GetsItsQueueCount) {
  EXPECT_EQ(probe_arguments(parse_device("net_af_xdp0,iface=eth1"), 2, 1500), "net_af_xdp0,iface=eth1,queue_count=2");
}

TEST(Device, OtherDrivers_AreLeftAsTheyAre) {
  EXPECT_EQ(probe_arguments(parse_device("net_tap0,iface=tap0"), 2, 1500), "net_tap0,iface=tap0");
  EXPECT_EQ(probe_arguments(parse_device("net_memif0,role=client"), 2, 1500), "net_memif0,role=client");
}

TEST(InterfaceChannels, NoSuchInterface_HasNone) {
  EXPECT_FALSE(channels_of("nosuch0"));
  EXPECT_FALSE(channels_of(""));
  EXPECT_FALSE(channels_of("a-name-of-sixteen-bytes-or-more"));
}

}  // namespace
}  // namespace sluice::port
