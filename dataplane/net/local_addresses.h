// LocalAddresses: which addresses are ours, and which can be nobody's on a given link (RFC 1122 3.2.1.3).
//
// Owned by a worker's Stack. IPv4 addresses are ours from the start; an IPv6 address only while no other node on the
// link has it (RFC 4862 5.4), which worker 0 finds out and tells the others.
#pragma once

#include <optional>
#include <vector>

#include "net/config.h"

namespace sluice::net {

class LocalAddresses {
 public:
  enum class State : uint8_t {
    kValid,
    kTentative,  // we have asked the link whether somebody else has it
    kDuplicate,  // somebody else has it: not used
  };

  explicit LocalAddresses(const Config& config);

  // Ours, on this link (the strong model of RFC 1122 3.3.4.2: an inner address does not answer on the outer link).
  bool owns(LinkIndex link, const IpAddress& address) const { return state_of(link, address) == State::kValid; }
  // Ours, on any link.
  bool owns(const IpAddress& address) const;

  // None: node.yaml does not give us this address on this link.
  std::optional<State> state_of(LinkIndex link, const IpAddress& address) const;
  void set_state(LinkIndex link, const IpAddress& address, State state);

  // On the link: within one of its prefixes.
  bool is_on_link(LinkIndex link, const IpAddress& address) const;

  // Everybody's: 255.255.255.255, a multicast group, or all hosts of a prefix of the link.
  bool is_group(LinkIndex link, const IpAddress& address) const;
  // An IPv6 group that we hear: all nodes, or the solicited-node group of an address of ours in any state.
  bool hears(LinkIndex link, const IpAddress& group) const;

  // Whether no other host that is reached through the link can have the address: a group's, ours, nobody's, loopback or
  // 240/4. Nothing truly comes from there, and nothing is sent there.
  bool is_martian(LinkIndex link, const IpAddress& address) const;

  // The address of ours with which to speak to `destination` through `link` (RFC 6724 5, rules 1, 2 and 8; for IPv4 the
  // longest prefix in common); none where no valid address is of its family.
  std::optional<IpAddress> source_for(LinkIndex link, const IpAddress& destination) const;

 private:
  const Config& config_;
  std::vector<std::vector<State>> states_;  // as config_.links[…].addresses
};

}  // namespace sluice::net
