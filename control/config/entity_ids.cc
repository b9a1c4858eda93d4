#include "config/entity_ids.h"

#include <map>

#include "config/digests.h"
#include "config/kong_json.h"

namespace sluice::config {

namespace {

// The namespaces of all kinds' ids, by plural.
std::map<std::string_view, policy::Uuid> make_namespaces() {
  const policy::Uuid entities = *policy::Uuid::parse("fd02801f-0957-4a15-a55a-c8d9606f30b5");
  std::map<std::string_view, policy::Uuid> namespaces;
  for (const std::string_view plural : entity_plurals()) namespaces.emplace(plural, uuid_v5(entities, plural));
  return namespaces;
}

}  // namespace

policy::Uuid kong_id(std::string_view plural, std::string_view key) {
  static const auto kNamespaces = make_namespaces();
  return uuid_v5(kNamespaces.at(plural), key);
}

policy::Uuid ContentIds::make(std::string_view plural, const policy::Uuid& parent, Json content) {
  content.erase("id");
  const std::string key = parent.to_string() + ":" + content.dump(-1, ' ', false, Json::error_handler_t::replace);
  const policy::Uuid first = kong_id(plural, key);
  const uint32_t ordinal = seen_[first]++;
  return ordinal == 0 ? first : kong_id(plural, key + ":" + std::to_string(ordinal));
}

}  // namespace sluice::config
