#include "config/entity_ids.h"

#include "config/digests.h"

namespace sluice::config {

policy::Uuid kong_id(std::string_view plural, std::string_view key) {
  static const policy::Uuid kEntities = *policy::Uuid::parse("fd02801f-0957-4a15-a55a-c8d9606f30b5");
  return uuid_v5(uuid_v5(kEntities, plural), key);
}

policy::Uuid ContentIds::make(std::string_view plural, const policy::Uuid& parent, Json content) {
  content.erase("id");
  const std::string key = parent.to_string() + ":" + content.dump(-1, ' ', false, Json::error_handler_t::replace);
  const policy::Uuid first = kong_id(plural, key);
  const uint32_t ordinal = seen_[first]++;
  return ordinal == 0 ? first : kong_id(plural, key + ":" + std::to_string(ordinal));
}

}  // namespace sluice::config
