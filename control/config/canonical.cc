#include "config/canonical.h"

#include "config/digests.h"
#include "config/kong_json.h"

namespace sluice::config {

namespace {

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json edge_json(const policy::Policy& policy, SecretStyle secrets) {
  Json edge = described_json(policy.edge, secrets);
  for (size_t i = 0; i < policy.edge.keys.size(); ++i) {
    // The file's name may differ from machine to machine; what it holds may not.
    edge["keys"][i]["jwks_file"] = policy.edge.keys[i].jwks;
  }
  return edge;
}

}  // namespace

void write_policy(const policy::Policy& policy, SecretStyle secrets,
                  const std::function<void(std::string_view)>& sink) {
  sink("{\"_format_version\":\"3.0\",\"_transform\":");
  sink(policy.transform ? "true" : "false");
  sink(",\"edge\":");
  sink(text_of(edge_json(policy, secrets)));
  for (const std::string_view plural : entity_plurals()) {
    const auto table = entity_table(policy, plural, {WallTime{}, secrets});
    for (size_t i = 0; i < table->size(); ++i) {
      sink(i == 0 ? ",\"" + std::string(plural) + "\":[" : std::string(","));
      sink(text_of(table->print(i)));
    }
    if (table->size() > 0) sink("]");
  }
  sink("}");
}

std::string canonical_json(const policy::Policy& policy) {
  std::string text;
  write_policy(policy, SecretStyle::kKeyedHash, [&](std::string_view piece) { text += piece; });
  return text;
}

policy::Fingerprint fingerprint_of(const policy::Policy& policy) {
  Sha256 hash;
  write_policy(policy, SecretStyle::kKeyedHash, [&](std::string_view piece) { hash.add(piece); });
  return hash.finish();
}

std::string to_text(const policy::Fingerprint& fingerprint) {
  return to_hex({reinterpret_cast<const char*>(fingerprint.data()), fingerprint.size()});
}

}  // namespace sluice::config
