// Packet: the move-only owner of one packet buffer, or of a chain of them that is on its way out (packet_chain.h). Sees
// bytes, never queues or devices.
//
// Owned by whoever holds it; freed into its pool when dropped. Belongs to one worker at a time.
#pragma once

#include <rte_mbuf.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace sluice {

// What a port does for the stack when it transmits. All false: the stack does it in software.
struct TransmitOffloads {
  // Buffers of a chain: what every device with multi_segment takes for one frame, and with TSO for a long segment.
  static constexpr unsigned kMostParts = 8;
  static constexpr unsigned kMostPartsCut = 40;

  bool ipv4_checksum = false;
  bool tcp_checksum = false;   // the stack leaves the pseudo-header's sum in the field
  bool segmentation = false;   // TSO: the device cuts long TCP segments; it then does all of the others too
  bool multi_segment = false;  // chained buffers are sent as they are
};

// What of that one frame needs, and where its headers are.
struct TransmitRequest {
  uint8_t link_bytes = 0;
  uint8_t network_bytes = 0;
  bool ipv6 = false;
  bool ipv4_checksum = false;
  bool tcp_checksum = false;
};

class Packet {
 public:
  Packet() = default;
  // Takes ownership of `mbuf` (may be nullptr: an empty Packet).
  explicit Packet(rte_mbuf* mbuf) : mbuf_(mbuf) {}
  ~Packet() { reset(); }
  Packet(Packet&& other) noexcept : mbuf_(std::exchange(other.mbuf_, nullptr)) {}
  Packet& operator=(Packet&& other) noexcept {
    if (this != &other) {
      reset();
      mbuf_ = std::exchange(other.mbuf_, nullptr);
    }
    return *this;
  }

  explicit operator bool() const { return mbuf_ != nullptr; }
  void reset() {
    if (mbuf_ != nullptr) rte_pktmbuf_free(std::exchange(mbuf_, nullptr));
  }

  // All below REQUIRE a packet.
  std::span<std::byte> bytes() { return {rte_pktmbuf_mtod(mbuf_, std::byte*), mbuf_->data_len}; }
  std::span<const std::byte> bytes() const { return {rte_pktmbuf_mtod(mbuf_, const std::byte*), mbuf_->data_len}; }
  size_t size() const { return mbuf_->data_len; }
  size_t headroom() const { return rte_pktmbuf_headroom(mbuf_); }
  size_t tailroom() const { return rte_pktmbuf_tailroom(mbuf_); }

  // Grows to the front by n bytes and returns them, uninitialised. REQUIRES: n <= headroom().
  std::span<std::byte> prepend(size_t n) {
    return {reinterpret_cast<std::byte*>(rte_pktmbuf_prepend(mbuf_, static_cast<uint16_t>(n))), n};
  }
  // Grows at the end by n bytes and returns them, uninitialised. REQUIRES: n <= tailroom().
  std::span<std::byte> append(size_t n) {
    return {reinterpret_cast<std::byte*>(rte_pktmbuf_append(mbuf_, static_cast<uint16_t>(n))), n};
  }
  // Drops bytes at the front or the end. REQUIRES: n <= size().
  void trim_front(size_t n) { rte_pktmbuf_adj(mbuf_, static_cast<uint16_t>(n)); }
  void trim_back(size_t n) { rte_pktmbuf_trim(mbuf_, static_cast<uint16_t>(n)); }

  // Bytes of the whole chain of buffers that begins here; size() where there is no chain.
  size_t total_size() const { return mbuf_->pkt_len; }
  // Visits the bytes of each buffer of the chain.
  template <typename Visit>
  void for_each_part(Visit&& visit) const {
    for (const rte_mbuf* part = mbuf_; part != nullptr; part = part->next) {
      visit(std::span<const std::byte>(rte_pktmbuf_mtod(part, const std::byte*), part->data_len));
    }
  }

  // Asks the device to cut this TCP segment into segments of at most text_bytes of text behind each a copy of its
  // header, header_bytes long. For tcp/.
  void request_segmentation(uint8_t header_bytes, uint16_t text_bytes) {
    mbuf_->l4_len = header_bytes;
    mbuf_->tso_segsz = text_bytes;
    mbuf_->ol_flags |= RTE_MBUF_F_TX_TCP_SEG;
  }
  bool is_cut_by_device() const { return (mbuf_->ol_flags & RTE_MBUF_F_TX_TCP_SEG) != 0; }
  // Bytes of the largest TCP segment that this becomes on the wire.
  size_t largest_segment() const { return is_cut_by_device() ? mbuf_->l4_len + mbuf_->tso_segsz : total_size(); }

  // The device has checked the checksum of TCP or UDP and found it right.
  bool transport_checksum_verified() const {
    return (mbuf_->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK) == RTE_MBUF_F_RX_L4_CKSUM_GOOD;
  }

  // Asks the device to finish this packet once its link header stands in front. For net/.
  void request(const TransmitRequest& request) {
    mbuf_->l2_len = request.link_bytes;
    mbuf_->l3_len = request.network_bytes;
    if (request.ipv4_checksum || request.tcp_checksum) {
      mbuf_->ol_flags |= request.ipv6 ? RTE_MBUF_F_TX_IPV6 : RTE_MBUF_F_TX_IPV4;
    }
    if (request.ipv4_checksum) mbuf_->ol_flags |= RTE_MBUF_F_TX_IP_CKSUM;
    if (request.tcp_checksum) mbuf_->ol_flags |= RTE_MBUF_F_TX_TCP_CKSUM;
  }

  // The buffer itself, for port/ and worker/.
  rte_mbuf* mbuf() const { return mbuf_; }
  [[nodiscard]] rte_mbuf* release() { return std::exchange(mbuf_, nullptr); }

 private:
  rte_mbuf* mbuf_ = nullptr;
};

}  // namespace sluice
