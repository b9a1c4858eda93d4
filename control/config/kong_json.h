// Entities as Kong's admin API prints them.
#pragma once

#include <string_view>

#include "config/described_json.h"
#include "sluice/policy/policy.h"
#include "sluice/units.h"

namespace sluice::config {

// The entities of a kind by Kong's plural: services, routes, consumers, upstreams, plugins, targets,
// keyauth_credentials, basicauth_credentials, hmacauth_credentials, jwt_secrets, acls. All fields, defaults filled,
// references as {"id": …}, created_at and updated_at as given. A list; null for any other kind.
Json kong_entities(const policy::Policy& policy, std::string_view plural, WallTime loaded_at,
                   SecretStyle secrets = SecretStyle::kRevealed);

// All kinds that have entities, under their plurals, beside _format_version, _transform and edge: what POST /config
// answers and what GET /config is made of. With secrets revealed it loads again, and to the same fingerprint.
Json to_kong_json(const policy::Policy& policy, WallTime loaded_at, SecretStyle secrets = SecretStyle::kRevealed);

}  // namespace sluice::config
