// IcmpV6: answers echo requests over IPv6, says what is refused here, hands errors about our segments up (RFC 4443) and
// neighbour discovery to who speaks it.
#pragma once

#include "base/worker_context.h"
#include "net/ip_output.h"
#include "net/local_addresses.h"
#include "net/neighbour_discovery.h"
#include "net/token_bucket.h"
#include "net/transport_input.h"
#include "packet/packet_pool.h"
#include "wire/icmpv6.h"
#include "wire/ipv6_extensions.h"

namespace sluice::net {

class IcmpV6 {
 public:
  // Errors that one worker sends a second, after a burst of as many (RFC 4443 2.4 (f)).
  static constexpr unsigned kErrorsPerSecond = 100;

  IcmpV6(WorkerContext& context, PacketPool& packets, const LocalAddresses& local, IpOutput& output,
         TransportInput& transport);

  // A message for one of our addresses or a group that we hear, without its IP header. discovery: nullptr on workers
  // that do not speak it.
  void on_message(const Arrival& arrival, const wire::Ipv6Header& ip, NeighbourDiscovery* discovery, Packet message);

  // Each tells the sender of `packet` (from its IP header on) what became of it, unless that is an ICMPv6 error itself.
  // REQUIRES: it was sent to us alone; or problem.of_groups_too. link: which it came by.
  void send_port_unreachable(const wire::Ipv6Header& ip, const Packet& packet);
  void send_parameter_problem(LinkIndex link, const wire::Ipv6Header& ip, const Packet& packet,
                              const wire::ParameterProblem& problem);
  void send_time_exceeded(const wire::Ipv6Header& ip, const Packet& packet);

 private:
  std::optional<IpAddress> answering_address(LinkIndex link, const wire::Ipv6Header& ip) const;
  void answer_echo(LinkIndex link, const wire::Ipv6Header& ip, const wire::IcmpV6Header& icmp, Packet message);
  void send_in_pieces(const IpAddress& source, const IpAddress& destination, const Packet& message);
  void on_error(const wire::IcmpV6Header& icmp, std::span<const std::byte> quote);
  bool send_error(const IpAddress& source, const wire::Ipv6Header& ip, const Packet& packet,
                  const wire::IcmpV6Header& icmp);

  WorkerContext& context_;
  PacketPool& packets_;
  const LocalAddresses& local_;
  IpOutput& output_;
  TransportInput& transport_;
  TokenBucket errors_;
};

}  // namespace sluice::net
