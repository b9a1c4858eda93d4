// SipHash, Toeplitz and the random source against published values.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <set>

#include "base/flow_hash.h"
#include "base/random.h"
#include "base/siphash.h"

namespace sluice {
namespace {

// The reference implementation's vectors_sip64: key 00..0f, input 00 01 .. of growing length; results read as
// little-endian words.
TEST(SipHash, MatchesTheReferenceVectors) {
  const SipKey key{0x0706050403020100u, 0x0f0e0d0c0b0a0908u};
  std::array<std::byte, 64> input;
  for (size_t i = 0; i < input.size(); ++i) input[i] = static_cast<std::byte>(i);
  const std::array<uint64_t, 9> expected = {
      0x726fdb47dd0e0e31u, 0x74f839c593dc67fdu, 0x0d6c8009d9a94f5au, 0x85676696d7fb7e2du, 0xcf2794e0277187b7u,
      0x18765564cd99a68du, 0xcbc9466e58fee3ceu, 0xab0200f58b01d137u, 0x93f5f5799a932462u,
  };
  for (size_t n = 0; n < expected.size(); ++n) {
    EXPECT_EQ(siphash(key, std::span(input).first(n)), expected[n]) << n;
  }
  EXPECT_EQ(siphash(key, std::span(input).first(15)), 0xa129ca6149be45e5u);
  EXPECT_EQ(siphash(key, std::span(input).first(63)), 0x958a324ceb064572u);
}

TEST(SipHash, Key_ChangesTheHash) {
  const std::array<std::byte, 4> input{};
  EXPECT_NE(siphash({1, 2}, input), siphash({1, 3}, input));
}

Endpoint endpoint(const char* address, uint16_t port) {
  return {*IpAddress::parse(address), Port{port}};
}

struct FlowCase {
  const char* remote;
  uint16_t remote_port;
  const char* local;
  uint16_t local_port;
  uint32_t hash;
};

// "Verifying the RSS Hash Calculation", Microsoft: the columns with TCP ports.
class FlowHash : public ::testing::TestWithParam<FlowCase> {};

TEST_P(FlowHash, MatchesThePublishedHash) {
  const FlowCase& c = GetParam();
  EXPECT_EQ(FlowOwners(1).hash(endpoint(c.remote, c.remote_port), endpoint(c.local, c.local_port)), c.hash);
}

INSTANTIATE_TEST_SUITE_P(
    Published, FlowHash,
    ::testing::Values(FlowCase{"66.9.149.187", 2794, "161.142.100.80", 1766, 0x51ccc178},
                      FlowCase{"199.92.111.2", 14230, "65.69.140.83", 4739, 0xc626b0ea},
                      FlowCase{"24.19.198.95", 12898, "12.22.207.184", 38024, 0x5c2b394a},
                      FlowCase{"38.27.205.30", 48228, "209.142.163.6", 2217, 0xafc7327f},
                      FlowCase{"153.39.163.191", 44251, "202.188.127.2", 1303, 0x10e828a2},
                      FlowCase{"3ffe:2501:200:1fff::7", 2794, "3ffe:2501:200:3::1", 1766, 0x40207d3d},
                      FlowCase{"3ffe:501:8::260:97ff:fe40:efab", 14230, "ff02::1", 4739, 0xdde51bbf},
                      FlowCase{"3ffe:1900:4545:3:200:f8ff:fe21:67cf", 44251, "fe80::200:f8ff:fe21:67cf", 38024,
                               0x02d1feef}));

TEST(FlowOwner, OneWorker_OwnsEverything) {
  EXPECT_EQ(FlowOwners(1).owner_of(endpoint("198.18.0.1", 1), endpoint("198.18.0.2", 80)), WorkerId{0});
}

TEST(FlowOwner, Ports_ReachEveryWorkerAboutEqually) {
  for (const unsigned workers : {2u, 3u, 8u, 64u}) {
    const FlowOwners owners(workers);
    std::vector<unsigned> flows(workers);
    for (uint16_t port = 32768; port < 61000; ++port) {
      const WorkerId owner = owners.owner_of(endpoint("198.18.0.1", port), endpoint("198.18.0.2", 80));
      ASSERT_LT(owner.value, workers);
      ++flows[owner.value];
    }
    const unsigned mean = (61000 - 32768) / workers;
    for (const unsigned n : flows) {
      EXPECT_GT(n, mean / 3) << workers;
      EXPECT_LT(n, mean * 3) << workers;
    }
  }
}

// No worker has half as many buckets again as another, and few workers have no more than short tables hold.
TEST(FlowOwner, Buckets_AreDealtEvenly) {
  for (unsigned workers = 1; workers <= kMaxWorkers; ++workers) {
    const FlowOwners owners(workers);
    std::vector<unsigned> buckets(workers);
    for (uint32_t hash = 0; hash < owners.buckets(); ++hash) ++buckets[owners.owner_of_hash(hash).value];
    const auto [least, most] = std::minmax_element(buckets.begin(), buckets.end());
    EXPECT_LT(*most * 2, *least * 3) << workers;
    EXPECT_EQ(owners.buckets(), workers <= 16 ? 128u : 512u);
  }
}

// Ports that all lead to one worker under the published key are spread under another.
TEST(FlowOwner, PortsChosenForTheKnownKey_AreSpreadByAnother) {
  const FlowOwners known(4);
  ToeplitzKey key;
  Random random(7);
  for (uint8_t& byte : key) byte = static_cast<uint8_t>(random.next());
  const FlowOwners fresh(4, key);
  EXPECT_EQ(fresh.device_key()[39], key[39]);
  EXPECT_EQ(fresh.device_key()[40], 0);
  std::array<unsigned, 4> flows{};
  const Endpoint local = endpoint("198.18.0.2", 80);
  for (uint16_t port = 1024; port < 61000; ++port) {
    const Endpoint remote = endpoint("198.18.0.1", port);
    if (known.owner_of(remote, local) == WorkerId{0}) ++flows[fresh.owner_of(remote, local).value];
  }
  const unsigned all = std::accumulate(flows.begin(), flows.end(), 0u);
  for (const unsigned n : flows) EXPECT_GT(n, all / 8);
}

// xoshiro256** whose state is the first four outputs of SplitMix64 from 0.
TEST(Random, MatchesXoshiro256StarStar) {
  Random random(0);
  EXPECT_EQ(random.next(), 0x99ec5f36cb75f2b4u);
  EXPECT_EQ(random.next(), 0xbf6e1f784956452au);
}

TEST(Random, SameSeed_SameNumbers) {
  Random a(42);
  Random b(42);
  for (int i = 0; i < 100; ++i) ASSERT_EQ(a.next(), b.next());
  EXPECT_NE(Random(1).next(), Random(2).next());
}

TEST(Random, Below_StaysBelowAndReachesAll) {
  Random random(7);
  std::set<uint64_t> seen;
  for (int i = 0; i < 1000; ++i) {
    const uint64_t n = random.below(10);
    ASSERT_LT(n, 10u);
    seen.insert(n);
  }
  EXPECT_EQ(seen.size(), 10u);
  EXPECT_EQ(random.below(1), 0u);
}

}  // namespace
}  // namespace sluice
