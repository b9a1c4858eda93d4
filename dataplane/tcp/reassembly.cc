#include "tcp/reassembly.h"

#include <utility>

namespace sluice::tcp {

void Reassembly::drop_after(ReassemblyNode* previous, ReassemblyPool& pool) {
  ReassemblyNode* node = link_after(previous);
  link_after(previous) = node->next;
  if (last_ == node) last_ = previous;
  charged_bytes_ -= static_cast<uint32_t>(node->text.buffer_bytes());
  pool.release(node);
}

Reassembly::Inserted Reassembly::insert(SeqNum seq, Slice text, uint32_t limit_bytes, ReassemblyPool& pool) {
  SeqNum end = seq + SeqLen{static_cast<uint32_t>(text.size())};
  ReassemblyNode* previous = nullptr;
  if (last_ != nullptr && last_->seq <= seq) {
    previous = last_;
  } else {
    for (ReassemblyNode* node = head_; node != nullptr && node->seq <= seq; node = node->next) previous = node;
  }
  // What is there already stays: the new text is cut at both ends, and replaces only what it covers whole.
  Stretch twice;
  if (previous != nullptr && previous->end() > seq) {
    if (previous->end() >= end) return {Outcome::kDuplicate};
    twice = {seq, previous->end()};
    text.remove_prefix((previous->end() - seq).value);
    seq = previous->end();
  }
  while (ReassemblyNode* next = link_after(previous)) {
    if (next->seq >= end) break;
    if (twice.empty()) twice = {next->seq, next->seq};
    if (next->seq == twice.end) twice.end = min(next->end(), end);
    if (next->end() > end) {
      text.remove_suffix((end - next->seq).value);
      end = next->seq;
      break;
    }
    drop_after(previous, pool);
  }
  if (text.empty()) return {Outcome::kDuplicate};

  if (previous != nullptr && previous->end() == seq && previous->text.append_room() >= text.size()) {
    previous->text.append(text.bytes());
    return {Outcome::kStored, twice};
  }
  const auto charge = static_cast<uint32_t>(text.buffer_bytes());
  if (charged_bytes_ + charge > limit_bytes) return {Outcome::kRefused};
  ReassemblyNode* node = pool.try_take(seq, std::move(text));
  if (node == nullptr) return {Outcome::kRefused};
  node->next = std::exchange(link_after(previous), node);
  if (node->next == nullptr) last_ = node;
  charged_bytes_ += charge;
  return {Outcome::kStored, twice};
}

Slice Reassembly::take(SeqNum rcv_nxt, ReassemblyPool& pool) {
  while (head_ != nullptr && head_->seq <= rcv_nxt) {
    Slice text;
    if (head_->end() > rcv_nxt) {
      text = head_->text;
      text.remove_prefix((rcv_nxt - head_->seq).value);
    }
    drop_after(nullptr, pool);
    if (!text.empty()) return text;
  }
  return {};
}

Reassembly::Stretch Reassembly::first_before(SeqNum end) const {
  if (head_ == nullptr || head_->seq >= end) return {};
  const Stretch first = stretch_around(head_->seq);
  return {first.begin, min(first.end, end)};
}

Reassembly::Stretch Reassembly::stretch_around(SeqNum seq) const {
  Stretch stretch{head_->seq, head_->seq};
  for (const ReassemblyNode* node = head_; node != nullptr; node = node->next) {
    if (node->seq != stretch.end) {
      if (stretch.end > seq) break;
      stretch.begin = node->seq;
    }
    stretch.end = node->end();
  }
  return stretch;
}

void Reassembly::clear(ReassemblyPool& pool) {
  while (head_ != nullptr) drop_after(nullptr, pool);
}

}  // namespace sluice::tcp
