// Slice: an immutable, shared piece of a packet's bytes.
//
// Copying a Slice copies no bytes: the buffer lives until the last Slice of it is gone. The count is a plain integer in
// the buffer's private bytes, so all Slices of a buffer belong to one worker.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

#include "packet/packet.h"

namespace sluice {

class Slice {
 public:
  Slice() = default;
  // All bytes of `packet`, which is taken over. REQUIRES: a packet nobody else holds.
  explicit Slice(Packet&& packet)
      : offset_(packet.mbuf()->data_off), size_(packet.mbuf()->data_len), mbuf_(packet.release()) {
    count() = 1;
  }
  ~Slice() { reset(); }
  Slice(const Slice& other) : offset_(other.offset_), size_(other.size_), mbuf_(other.mbuf_) {
    if (mbuf_ != nullptr) ++count();
  }
  Slice(Slice&& other) noexcept
      : offset_(other.offset_), size_(std::exchange(other.size_, 0)), mbuf_(std::exchange(other.mbuf_, nullptr)) {}
  Slice& operator=(Slice other) noexcept {
    std::swap(offset_, other.offset_);
    std::swap(size_, other.size_);
    std::swap(mbuf_, other.mbuf_);
    return *this;
  }

  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }
  const std::byte* data() const {
    return mbuf_ == nullptr ? nullptr : static_cast<const std::byte*>(mbuf_->buf_addr) + offset_;
  }
  std::span<const std::byte> bytes() const { return {data(), size_}; }
  std::string_view text() const { return {reinterpret_cast<const char*>(data()), size_}; }

  // A share of the bytes [offset, offset + n). REQUIRES: offset + n <= size().
  Slice sub(size_t offset, size_t n) const {
    Slice part(*this);
    part.offset_ = static_cast<uint16_t>(offset_ + offset);
    part.size_ = static_cast<uint16_t>(n);
    return part;
  }
  // REQUIRES: n <= size().
  void remove_prefix(size_t n) {
    offset_ = static_cast<uint16_t>(offset_ + n);
    size_ = static_cast<uint16_t>(size_ - n);
  }
  void remove_suffix(size_t n) { size_ = static_cast<uint16_t>(size_ - n); }

  // No other Slice shares the buffer.
  bool sole_owner() const { return mbuf_ != nullptr && count() == 1; }
  // Bytes that append() takes: 0 unless this is the sole owner, for others may see what lies behind.
  size_t append_room() const { return sole_owner() ? size_t{mbuf_->buf_len} - offset_ - size_ : 0; }
  // Copies bytes behind those that are there. REQUIRES: bytes.size() <= append_room().
  void append(std::span<const std::byte> bytes) {
    std::memcpy(static_cast<std::byte*>(mbuf_->buf_addr) + offset_ + size_, bytes.data(), bytes.size());
    size_ = static_cast<uint16_t>(size_ + bytes.size());
  }

  // A packet of these bytes, read where they are: the buffer lives until the device has sent it, too. `reference`: from
  // PacketPool::try_allocate_reference().
  Packet shown_by(Packet reference) const {
    rte_mbuf* m = reference.mbuf();
    rte_pktmbuf_attach(m, mbuf_);
    m->data_off = offset_;
    m->data_len = size_;
    m->pkt_len = size_;
    return reference;
  }

  // The memory that this Slice keeps from being freed: what receive windows and budgets are charged with.
  size_t buffer_bytes() const { return mbuf_ == nullptr ? 0 : mbuf_->buf_len; }

 private:
  uint32_t& count() const { return *static_cast<uint32_t*>(rte_mbuf_to_priv(mbuf_)); }
  void reset() {
    if (mbuf_ != nullptr && --count() == 0) rte_pktmbuf_free(mbuf_);
    mbuf_ = nullptr;
  }

  uint16_t offset_ = 0;  // from the start of the buffer
  uint16_t size_ = 0;
  rte_mbuf* mbuf_ = nullptr;
};

}  // namespace sluice
