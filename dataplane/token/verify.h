// verify: does this signature hold? (RFC 7515 section 5.2, RFC 7518 section 3, RFC 8037 section 3.1)
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "token/key.h"

namespace sluice::token {

// True when `signature` (decoded) is the signature of `signing_input` (the token up to its second dot) by `key` with
// `algorithm`. False when it is not, when the key does not fit the algorithm, and when the length of the signature is
// not that of the algorithm: ECDSA is r || s in full width, never DER. HMACs are compared in constant time.
// Any number of threads may use one key. OpenSSL takes a few short-lived blocks from the heap: call this on a miss of
// the verified-token memory, not for each request.
bool verify(const Key& key, JwsAlgorithm algorithm, std::string_view signing_input,
            std::span<const std::byte> signature);

}  // namespace sluice::token
