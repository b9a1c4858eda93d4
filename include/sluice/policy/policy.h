// Policy: all that policy.yaml said, validated, references resolved, defaults filled. Immutable once loaded.
//
// Made by control/config, compiled by control/publish. The same text gives the same Policy on every machine.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/policy/certificate.h"
#include "sluice/policy/consumer.h"
#include "sluice/policy/consumer_group.h"
#include "sluice/policy/edge.h"
#include "sluice/policy/plugin.h"
#include "sluice/policy/route.h"
#include "sluice/policy/service.h"
#include "sluice/policy/upstream.h"
#include "sluice/policy/vault.h"

namespace sluice::policy {

enum class FormatVersion : uint8_t { k1_1, k2_1, k3_0 };
constexpr std::array<std::string_view, 3> names_of(FormatVersion) {
  return {"1.1", "2.1", "3.0"};
}

// SHA-256 over the canonical form; secrets enter it through a keyed hash.
using Fingerprint = std::array<uint8_t, 32>;

struct Policy {
  FormatVersion format_version = FormatVersion::k3_0;
  bool transform = true;  // false: passwords of basic credentials are hashes already (Kong's _transform)
  // In the order of the file, nested entities after their parent's earlier siblings.
  std::vector<Service> services;
  std::vector<Route> routes;
  std::vector<Consumer> consumers;
  std::vector<Upstream> upstreams;
  std::vector<Plugin> plugins;
  std::vector<ConsumerGroup> consumer_groups;
  std::vector<Certificate> certificates;
  std::vector<CaCertificate> ca_certificates;
  std::vector<Vault> vaults;
  Edge edge;
  Fingerprint fingerprint{};

  const Service& operator[](Ref<Service> ref) const { return services[ref.index]; }
  const Route& operator[](Ref<Route> ref) const { return routes[ref.index]; }
  const Consumer& operator[](Ref<Consumer> ref) const { return consumers[ref.index]; }
  const ConsumerGroup& operator[](Ref<ConsumerGroup> ref) const { return consumer_groups[ref.index]; }
  const Certificate& operator[](Ref<Certificate> ref) const { return certificates[ref.index]; }

  // The consumer that a plugin's `anonymous` names, by id or by username; nullptr if there is none.
  const Consumer* find_consumer(std::string_view id_or_username) const {
    const auto id = Uuid::parse(id_or_username);
    for (const Consumer& consumer : consumers) {
      if (id ? consumer.id == *id : consumer.username == id_or_username) return &consumer;
    }
    return nullptr;
  }
};

}  // namespace sluice::policy
