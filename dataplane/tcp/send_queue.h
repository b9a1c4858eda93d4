// SendQueue: the bytes that were written and are not yet acknowledged, with a cursor where the last reading ended, so
// that sending a long flight walks the list once.
#pragma once

#include <cstddef>
#include <span>

#include "packet/packet_chain.h"
#include "packet/packet_pool.h"
#include "packet/slice_queue.h"

namespace sluice::tcp {

class SendQueue {
 public:
  explicit SendQueue(SliceNodePool& nodes) : queue_(nodes) {}

  size_t size() const { return queue_.size(); }

  // Takes all of `bytes`. Small pieces are copied together, so that what is queued never holds buffers out of
  // proportion to its bytes.
  void push(SliceQueue bytes, PacketPool& packets, SliceNodePool& nodes);
  // Drops the first n bytes. REQUIRES: n <= size().
  void acknowledge(size_t n);
  // REQUIRES: offset + out.size() <= size().
  void copy_out(size_t offset, std::span<std::byte> out);
  // How many bytes from `offset` on, `limit` at most, lie in the next `parts` buffers. REQUIRES: offset < size().
  size_t bytes_in_parts(size_t offset, size_t limit, unsigned parts);
  // Hangs n bytes behind `chain`, shared and not copied. False when the pool is empty; the chain is then of no use.
  // REQUIRES: offset + n <= size().
  [[nodiscard]] bool try_share(size_t offset, size_t n, PacketChain& chain, PacketPool& packets);
  void clear() {
    queue_.clear();
    cursor_ = nullptr;
  }

 private:
  // Moves the cursor to the slice that holds `offset`; returns where in it.
  size_t seek(size_t offset);

  SliceQueue queue_;
  const SliceNode* cursor_ = nullptr;  // where the last reading ended; nullptr: the front
  size_t cursor_offset_ = 0;           // of the cursor's first byte from the front
};

}  // namespace sluice::tcp
