#include "ship/access_facts.h"
#include "sluice/ascii.h"

namespace sluice::control {

namespace {

template <typename Entity>
const Entity* entity_at(const std::vector<Entity>& all, uint32_t place) {
  return place < all.size() ? &all[place] : nullptr;
}

HeaderViews read_headers(PackedTexts::Reader& texts, uint16_t count) {
  HeaderViews headers;
  for (uint16_t i = 0; i < count; ++i) {
    const std::string_view name = texts.next();
    headers.emplace_back(name, texts.next());
  }
  return headers;
}

}  // namespace

AccessFacts::AccessFacts(const AccessRecord& r, const policy::Policy& policy)
    : record(r),
      route(entity_at(policy.routes, r.route)),
      service(entity_at(policy.services, r.service)),
      consumer(entity_at(policy.consumers, r.consumer)) {
  PackedTexts::Reader texts(r.texts);
  method = texts.next();
  host = texts.next();
  target = texts.next();
  upstream_target = texts.next();
  correlation_id = texts.next();
  request_headers = read_headers(texts, r.request_headers);
  response_headers = read_headers(texts, r.response_headers);
}

std::string AccessFacts::host_name() const {
  const size_t colon = host.rfind(':');
  const bool has_port = colon != std::string_view::npos && !host.ends_with(']');
  std::string_view name = host.substr(0, has_port ? colon : host.size());
  if (name.ends_with('.')) name.remove_suffix(1);
  return lower(name);
}

}  // namespace sluice::control
