// Reassembly: text that arrived ahead of RCV.NXT, sorted, without overlaps, bounded (RFC 9293 3.10.7.4, seventh step).
//
// Part of a Receiver. Charged with the size of the buffers it keeps, not of the bytes in them; small neighbours share a
// buffer. What does not fit is dropped and comes again: nothing of it was acknowledged.
#pragma once

#include <cstdint>

#include "base/slab.h"
#include "packet/slice.h"
#include "tcp/seq_num.h"

namespace sluice::tcp {

struct ReassemblyNode {
  ReassemblyNode(SeqNum s, Slice t) : seq(s), text(std::move(t)) {}
  SeqNum end() const { return seq + SeqLen{static_cast<uint32_t>(text.size())}; }

  SeqNum seq;
  Slice text;
  ReassemblyNode* next = nullptr;
};
using ReassemblyPool = Slab<ReassemblyNode>;

class Reassembly {
 public:
  enum class Outcome : uint8_t { kStored, kDuplicate, kRefused };
  struct Stretch {
    SeqNum begin;
    SeqNum end;

    bool empty() const { return begin == end; }
  };
  struct Inserted {
    Outcome outcome;
    Stretch twice{};  // kStored: the first stretch of the text that was here already
  };

  // Keeps the text at `seq`, as far as it is new. kRefused: the bound or the pool is reached.
  Inserted insert(SeqNum seq, Slice text, uint32_t limit_bytes, ReassemblyPool& pool);
  // The text at rcv_nxt, and what it overlaps dropped; empty when there is a gap.
  Slice take(SeqNum rcv_nxt, ReassemblyPool& pool);
  void clear(ReassemblyPool& pool);

  // What is kept first, as far as it lies before `end`.
  Stretch first_before(SeqNum end) const;
  // What is kept around `seq` without a gap. REQUIRES: `seq` is kept.
  Stretch stretch_around(SeqNum seq) const;

  bool empty() const { return head_ == nullptr; }
  uint32_t charged_bytes() const { return charged_bytes_; }

 private:
  void drop_after(ReassemblyNode* previous, ReassemblyPool& pool);
  ReassemblyNode*& link_after(ReassemblyNode* previous) { return previous == nullptr ? head_ : previous->next; }

  ReassemblyNode* head_ = nullptr;
  ReassemblyNode* last_ = nullptr;  // where in-order arrivals behind a gap go without a walk
  uint32_t charged_bytes_ = 0;
};

}  // namespace sluice::tcp
