#include "config/canonical.h"

#include "config/digests.h"
#include "config/kong_json.h"

namespace sluice::config {

Json policy_json(const policy::Policy& policy, SecretStyle secrets) {
  Json all = to_kong_json(policy, WallTime{}, secrets);
  for (size_t i = 0; i < policy.edge.keys.size(); ++i) {
    // The file's name may differ from machine to machine; what it holds may not.
    all["edge"]["keys"][i]["jwks_file"] = policy.edge.keys[i].jwks;
  }
  return all;
}

std::string canonical_json(const policy::Policy& policy) {
  return policy_json(policy, SecretStyle::kKeyedHash).dump(-1, ' ', false, Json::error_handler_t::replace);
}

policy::Fingerprint fingerprint_of(const policy::Policy& policy) {
  return sha256(canonical_json(policy));
}

std::string to_text(const policy::Fingerprint& fingerprint) {
  return to_hex({reinterpret_cast<const char*>(fingerprint.data()), fingerprint.size()});
}

}  // namespace sluice::config
