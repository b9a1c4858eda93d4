// Secrets: what an attacker must not learn: the keys of one stack's hashes.
//
// Made by the worker from the kernel's random numbers. Not from the worker's Random: that is no cipher, and what it
// gives away elsewhere (ids, jitter) would let its earlier numbers be computed.
#pragma once

#include "base/random.h"
#include "base/siphash.h"

namespace sluice::tcp {

struct Secrets {
  SipKey demux;
  SipKey sequence_numbers;
  SipKey timestamps;
  SipKey ports;
  SipKey cookies;
  SipKey paths;

  // The same for the same seed: for tests and simulations.
  static Secrets repeatable(Random& random) {
    const auto key = [&] { return SipKey{random.next(), random.next()}; };
    return {key(), key(), key(), key(), key(), key()};
  }
};

}  // namespace sluice::tcp
