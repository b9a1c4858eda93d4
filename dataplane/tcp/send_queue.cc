#include "tcp/send_queue.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "packet/packet_writer.h"

namespace sluice::tcp {

namespace {

// Copying less than this costs no more than the bookkeeping of another buffer.
constexpr size_t kSmallWriteBytes = 512;
// A queue whose buffers are larger than its bytes by this factor is copied into fresh ones.
constexpr size_t kSparseFactor = 4;

bool sparse(const SliceQueue& bytes) {
  size_t buffers = 0;
  for (const SliceNode* node = bytes.first(); node != nullptr; node = node->next) buffers += node->slice.buffer_bytes();
  return bytes.first()->next != nullptr && buffers > kSparseFactor * bytes.size();
}

bool try_append(SliceQueue& queue, const SliceQueue& bytes) {
  if (bytes.size() > queue.back_room()) return false;
  for (const SliceNode* node = bytes.first(); node != nullptr; node = node->next) {
    queue.append_to_back(node->slice.bytes());
  }
  return true;
}

// Without a packet to copy into, the bytes stay where they are: late memory is better than lost bytes.
void copy_together(SliceQueue& bytes, PacketPool& packets, SliceNodePool& nodes) {
  SliceQueue fresh(nodes);
  PacketWriter writer(packets, fresh);
  for (const SliceNode* node = bytes.first(); node != nullptr; node = node->next) writer.write(node->slice.text());
  if (writer.finish()) bytes = std::move(fresh);
}

}  // namespace

void SendQueue::push(SliceQueue bytes, PacketPool& packets, SliceNodePool& nodes) {
  if (bytes.empty()) return;
  if (bytes.size() <= kSmallWriteBytes) {
    if (try_append(queue_, bytes)) return;
    if (!bytes.front().sole_owner() || bytes.first()->next != nullptr) copy_together(bytes, packets, nodes);
  } else if (sparse(bytes)) {
    copy_together(bytes, packets, nodes);
  }
  queue_.splice(bytes);
}

void SendQueue::acknowledge(size_t n) {
  if (cursor_ != nullptr) {
    if (n <= cursor_offset_) {
      cursor_offset_ -= n;
    } else if (n - cursor_offset_ < cursor_->slice.size()) {
      cursor_offset_ = 0;
    } else {
      cursor_ = nullptr;
    }
  }
  queue_.consume(n);
}

size_t SendQueue::seek(size_t offset) {
  if (cursor_ == nullptr || offset < cursor_offset_) {
    cursor_ = queue_.first();
    cursor_offset_ = 0;
  }
  while (offset - cursor_offset_ >= cursor_->slice.size()) {
    cursor_offset_ += cursor_->slice.size();
    cursor_ = cursor_->next;
  }
  return offset - cursor_offset_;
}

void SendQueue::copy_out(size_t offset, std::span<std::byte> out) {
  while (!out.empty()) {
    const size_t skip = seek(offset);
    const auto bytes = cursor_->slice.bytes().subspan(skip);
    const size_t n = std::min(out.size(), bytes.size());
    std::memcpy(out.data(), bytes.data(), n);
    out = out.subspan(n);
    offset += n;
  }
}

size_t SendQueue::bytes_in_parts(size_t offset, size_t limit, unsigned parts) {
  const size_t skip = seek(offset);
  size_t bytes = cursor_->slice.size() - skip;
  const SliceNode* node = cursor_->next;
  for (unsigned i = 1; i < parts && node != nullptr && bytes < limit; ++i, node = node->next)
    bytes += node->slice.size();
  return std::min(bytes, limit);
}

bool SendQueue::try_share(size_t offset, size_t n, PacketChain& chain, PacketPool& packets) {
  while (n > 0) {
    const size_t skip = seek(offset);
    Packet reference = packets.try_allocate_reference();
    if (!reference) return false;
    const size_t part = std::min(n, cursor_->slice.size() - skip);
    chain.append(cursor_->slice.sub(skip, part).shown_by(std::move(reference)));
    offset += part;
    n -= part;
  }
  return true;
}

}  // namespace sluice::tcp
