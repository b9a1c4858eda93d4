// ReplayBody: a request's body on its way to an origin, of which the beginning is kept so that it can be sent again.
//
// Kept bytes are shared with the packets that brought them, except small pieces, which are copied together. What is
// kept is bounded in bytes and in the memory that it holds; a body that outgrows the bound, or goes on while packets
// are scarce, is passed on and can no longer be sent again.
#pragma once

#include <cstdint>
#include <optional>

#include "http/transaction.h"
#include "packet/packet_pool.h"
#include "packet/slice_queue.h"

namespace sluice::upstream {

// Takes the first n bytes of `from`. None: out of memory. REQUIRES: n <= from.size().
std::optional<SliceQueue> take_bytes(SliceQueue& from, size_t n, SliceNodePool& nodes);

class ReplayBody {
 public:
  ReplayBody(PacketPool& packets, SliceNodePool& nodes)
      : packets_(packets), nodes_(nodes), kept_(nodes), again_(nodes) {}

  // Begins with `source`, which lives as long as this is used. limit_bytes: how much is kept at most; 0: nothing.
  void start(http::BodySource& source, uint32_t limit_bytes);
  // All that was taken is still here, to be sent from its beginning.
  bool can_restart() const { return !lost_ || taken_ == 0; }
  // Goes back to the beginning. False: out of memory. REQUIRES: can_restart().
  [[nodiscard]] bool restart();
  // Nothing will be sent again: what is kept is dropped, and nothing more is kept.
  void forget();

  // Lets go of the source and of every byte.
  void clear();

  // Bytes that can be sent now.
  size_t pending() const { return again_.size() + source_->body().size(); }
  // pending() is all that is left.
  bool complete() const { return source_->body_complete(); }
  // Valid once complete().
  const http::HeaderMap& trailers() const { return source_->trailers(); }
  // Takes at most `limit` bytes to send; less than pending() allows only at the seam of kept and fresh ones. None: out
  // of memory. REQUIRES: limit > 0, pending() > 0.
  std::optional<SliceQueue> take(size_t limit);

  // Bytes taken from the source so far.
  uint64_t taken() const { return taken_; }

 private:
  bool keep(const SliceQueue& bytes);
  bool keep(const Slice& slice);
  bool share(const SliceQueue& from, SliceQueue& to);

  PacketPool& packets_;
  SliceNodePool& nodes_;
  http::BodySource* source_ = nullptr;
  SliceQueue kept_;   // everything taken so far, unless lost_
  SliceQueue again_;  // of that, what the present attempt has still to send
  uint64_t taken_ = 0;
  size_t kept_memory_bytes_ = 0;
  uint32_t limit_bytes_ = 0;
  bool lost_ = false;
};

}  // namespace sluice::upstream
