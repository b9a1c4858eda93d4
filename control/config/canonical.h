// The policy written out: the canonical form that its fingerprint is over, and Kong's form for the admin API.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "config/described_json.h"
#include "sluice/policy/policy.h"

namespace sluice::config {

// All of the policy as JSON with sorted keys, defaults filled, ids included, in the order of the file, piece by piece
// to `sink`: never more than one entity of it is in memory.
void write_policy(const policy::Policy& policy, SecretStyle secrets, const std::function<void(std::string_view)>& sink);

// The canonical form: the same with secrets as keyed hashes. Two policies are the same to Sluice if and only if these
// are equal.
std::string canonical_json(const policy::Policy& policy);

// SHA-256 over canonical_json().
policy::Fingerprint fingerprint_of(const policy::Policy& policy);

std::string to_text(const policy::Fingerprint& fingerprint);

}  // namespace sluice::config
