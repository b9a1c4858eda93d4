// ConsumerGroup: consumers that plugins treat alike. Kong Enterprise's entity; its members name it (Consumer::groups).
#pragma once

#include <string>
#include <vector>

#include "sluice/policy/field.h"
#include "sluice/policy/uuid.h"

namespace sluice::policy {

struct ConsumerGroup {
  Uuid id;
  std::string name;  // unique
  std::vector<std::string> tags;
  Mark where;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("id", s.id, {.help = "the id; UUIDv5 of the name where not given"});
    visit("name", s.name, {.help = "a unique name", .text = TextKind::kName, .required = true});
    visit("tags", s.tags, kTags);
  }
};

}  // namespace sluice::policy
