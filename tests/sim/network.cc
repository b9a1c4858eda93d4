#include "sim/network.h"

#include <algorithm>
#include <cstring>

#include "wire/bytes.h"
#include "wire/checksum.h"
#include "wire/tcp_header.h"

namespace sluice::sim {

namespace {

constexpr uint8_t kTcpProtocol = 6;
constexpr size_t kIpv4HeaderBytes = 20;
constexpr size_t kHeadersBelow = 38;  // Ethernet and IPv4, so that small segments cost what they would

// Overwrites the SACK-permitted option of a SYN with no-operations.
void remove_sack(const IpAddress& source, const IpAddress& destination, Packet& segment) {
  auto parsed = wire::parse_tcp_header(segment.bytes());
  if (!parsed || !parsed->header.flags.syn || !parsed->header.options.sack_permitted) return;
  parsed->header.options.sack_permitted = false;
  parsed->header.checksum = 0;
  wire::emit_tcp_header(parsed->header, segment.bytes());
  auto sum = wire::pseudo_header_sum(source, destination, kTcpProtocol, static_cast<uint32_t>(segment.size()));
  sum.add(segment.bytes());
  wire::store_u16(segment.bytes().data() + wire::kTcpChecksumOffset, sum.checksum());
}

}  // namespace

// RFC 1191 3: what does not fit is dropped, and its sender told.
bool Link::fits(const IpAddress& source, const IpAddress& destination, const Packet& segment) {
  if (path_.takes(segment.size() + kIpv4HeaderBytes)) return true;
  const auto parsed = wire::parse_tcp_header(segment.bytes());
  const wire::TcpHeader& h = parsed->header;
  errors_.emplace(worker_.clock.now() + path_.settings().delay * 2,
                  tcp::IcmpError{.kind = tcp::IcmpError::Kind::kPacketTooBig,
                                 .tuple = {{source, h.source_port}, {destination, h.destination_port}},
                                 .seq = tcp::SeqNum(h.seq),
                                 .mtu = path_.settings().mtu});
  return false;
}

Instant Link::next_delivery() const {
  const Instant segment = waiting_.empty() ? Instant::never() : waiting_.begin()->first;
  return errors_.empty() ? segment : std::min(segment, errors_.begin()->first);
}

Packet Link::copy_of(const Packet& segment) {
  Packet copy = worker_.packets->try_allocate();
  if (copy) std::memcpy(copy.append(segment.size()).data(), segment.bytes().data(), segment.size());
  return copy;
}

void Link::put(Instant at, const IpAddress& source, const IpAddress& destination, Packet segment) {
  if (segment) waiting_.emplace(at, InTransit{source, destination, std::move(segment)});
}

void Link::send(const IpAddress& source, const IpAddress& destination, Packet segment, wire::Ecn) {
  if (path_.loses() || !fits(source, destination, segment)) {
    ++figures_.lost;
    return;
  }
  if (path_.settings().removes_sack) remove_sack(source, destination, segment);
  const auto passage = path_.pass(segment.size(), kHeadersBelow);
  if (!passage) {
    ++figures_.overflowed;
    return;
  }
  ++figures_.carried;
  if (passage->twice) put(passage->arrives, source, destination, copy_of(segment));
  if (const auto bit = passage->broken_bit) segment.bytes()[*bit / 8] ^= static_cast<std::byte>(1 << *bit % 8);
  put(passage->arrives, source, destination, std::move(segment));
}

void Link::deliver() {
  while (!waiting_.empty() && waiting_.begin()->first <= worker_.clock.now()) {
    InTransit next = std::move(waiting_.begin()->second);
    waiting_.erase(waiting_.begin());
    receive_(next.source, next.destination, std::move(next.segment));
  }
  while (!errors_.empty() && errors_.begin()->first <= worker_.clock.now()) {
    const tcp::IcmpError error = errors_.begin()->second;
    errors_.erase(errors_.begin());
    complain_(error);
  }
}

}  // namespace sluice::sim
