// The ids of entities whose file gives none: the same on every load and every machine.
//
// As Kong derives them where Kong's are stable (from names, or from the parent and a key), so that ties in the router
// and ids that origins see are Kong's. Where Kong's are random, from the parent's id and the canonical content; equal
// siblings add an ordinal.
#pragma once

#include <string_view>
#include <unordered_map>

#include "config/described_json.h"
#include "sluice/policy/uuid.h"

namespace sluice::config {

// Kong's id of an entity of the kind `plural` ("services") whose identifying key is `key`.
policy::Uuid kong_id(std::string_view plural, std::string_view key);

// Ids from content. One for each load: it counts equal siblings.
class ContentIds {
 public:
  // `content`: the entity's canonical form; its id does not count.
  policy::Uuid make(std::string_view plural, const policy::Uuid& parent, Json content);

 private:
  std::unordered_map<policy::Uuid, uint32_t> seen_;
};

}  // namespace sluice::config
