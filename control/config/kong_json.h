// Entities as Kong's admin API prints them.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "config/described_json.h"
#include "sluice/policy/policy.h"
#include "sluice/units.h"

namespace sluice::config {

// How a policy is printed.
struct PrintStyle {
  WallTime loaded_at;  // created_at and updated_at
  SecretStyle secrets = SecretStyle::kRevealed;
  // What has ended by then is left out, and what will end says in how many seconds. None: all, as in the file.
  std::optional<WallTime> now = std::nullopt;
};

// The entities of one kind, each printed when it is asked for: all fields, defaults filled, references as {"id": …}.
// Refers to the policy.
class EntityTable {
 public:
  virtual ~EntityTable() = default;
  virtual size_t size() const = 0;
  virtual const policy::Uuid& id(size_t index) const = 0;
  // What Kong's paths may name it by instead of its id; empty if it has no such name.
  virtual std::string_view name(size_t index) const = 0;
  virtual const std::vector<std::string>& tags(size_t index) const = 0;
  // Whether the field `field` of Kong's ("service", "consumer") is that entity.
  virtual bool refers_to(size_t index, std::string_view field, const policy::Uuid& id) const = 0;
  virtual Json print(size_t index) const = 0;
};

// Every plural of Kong's that has entities here, in the order of exports.
const std::vector<std::string_view>& entity_plurals();

// The table of a kind by its plural; nullptr for any other word.
std::unique_ptr<const EntityTable> entity_table(const policy::Policy& policy, std::string_view plural,
                                                PrintStyle style);

// All entities of a kind; null for any other word.
Json kong_entities(const policy::Policy& policy, std::string_view plural, WallTime loaded_at,
                   SecretStyle secrets = SecretStyle::kRevealed);

// All kinds that have entities, under their plurals, beside _format_version, _transform and edge: what POST /config
// answers and what GET /config is made of. With secrets revealed it loads again, and to the same fingerprint.
Json to_kong_json(const policy::Policy& policy, WallTime loaded_at, SecretStyle secrets = SecretStyle::kRevealed);

}  // namespace sluice::config
