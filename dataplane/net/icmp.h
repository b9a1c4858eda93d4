// Icmp: answers echo requests over IPv4, says what is unreachable here, and hands errors about our segments up
// (RFC 792, 1122 3.2.2).
#pragma once

#include "base/worker_context.h"
#include "net/ip_output.h"
#include "net/local_addresses.h"
#include "net/token_bucket.h"
#include "net/transport_input.h"
#include "packet/packet_pool.h"
#include "wire/icmpv4.h"
#include "wire/ipv4.h"

namespace sluice::net {

class Icmp {
 public:
  // Errors that one worker sends a second, after a burst of as many (RFC 1812 4.3.2.8).
  static constexpr unsigned kErrorsPerSecond = 100;

  Icmp(WorkerContext& context, PacketPool& packets, const LocalAddresses& local, IpOutput& output,
       TransportInput& transport);

  // A message for one of our addresses, without its IP header.
  void on_message(const wire::Ipv4Header& ip, Packet message);

  // Tells the sender of `packet` (from its IP header on) that nobody here takes it. REQUIRES: it was sent to us alone,
  // is no fragment but perhaps the first, and is no ICMP error.
  void send_unreachable(const wire::Ipv4Header& ip, const Packet& packet, wire::UnreachableCode code);

  // Tells the sender of the first fragment (`packet`) that the others did not come in time.
  void send_time_exceeded(const wire::Ipv4Header& ip, const Packet& packet);

 private:
  void answer_echo(const wire::Ipv4Header& ip, const wire::IcmpV4Header& icmp, Packet message);
  void on_error(const wire::IcmpV4Header& icmp, std::span<const std::byte> quote);
  bool send_error(const wire::Ipv4Header& ip, const Packet& packet, const wire::IcmpV4Header& icmp);

  WorkerContext& context_;
  PacketPool& packets_;
  const LocalAddresses& local_;
  IpOutput& output_;
  TransportInput& transport_;
  TokenBucket errors_;
};

}  // namespace sluice::net
