#include "http/head_reader.h"

#include <algorithm>
#include <cstring>

namespace sluice::http {

namespace {

constexpr size_t kFirstCapacity = 2048;

}  // namespace

HeadReader::Outcome HeadReader::read(SliceQueue& in, Arena& arena, Slice* pin, LeadingEmptyLine leading,
                                     size_t limit_bytes) {
  limit_bytes = std::min(limit_bytes, Arena::kLargestAllocation);
  Outcome outcome;
  if (pin != nullptr && size_ == 0 && !in.empty()) {
    const Slice& first = in.front();
    outcome.status = scan(first.text().substr(0, limit_bytes), leading);
    if (outcome.status == Status::kComplete) {
      *pin = first.sub(begin_, scanned_ - begin_);
      outcome.head = pin->text();
      outcome.consumed_bytes = scanned_;
      in.consume(scanned_);
    }
  }
  while (outcome.status == Status::kIncomplete && !in.empty()) {
    const std::string_view text = in.front().text().substr(0, limit_bytes - size_);
    if (!reserve(arena, text.size(), limit_bytes)) return {Status::kOutOfMemory, outcome.consumed_bytes, {}};
    std::memcpy(buffer_ + size_, text.data(), text.size());
    outcome.status = scan({buffer_, size_ + text.size()}, leading);
    const size_t taken = outcome.status == Status::kComplete ? scanned_ - size_ : text.size();
    size_ += static_cast<uint32_t>(taken);
    outcome.consumed_bytes += taken;
    in.consume(taken);
    if (outcome.status == Status::kComplete) outcome.head = {buffer_ + begin_, scanned_ - begin_};
    if (outcome.status == Status::kIncomplete && size_ == limit_bytes) {
      outcome.status = line_ == begin_ ? Status::kLineTooLong : Status::kTooLong;
    }
  }
  return outcome;
}

// Looks for the empty line from scanned_ on. kComplete: the head is [begin_, scanned_).
HeadReader::Status HeadReader::scan(std::string_view text, LeadingEmptyLine leading) {
  while (scanned_ < text.size()) {
    const auto* lf = static_cast<const char*>(std::memchr(text.data() + scanned_, '\n', text.size() - scanned_));
    if (lf == nullptr) {
      scanned_ = static_cast<uint32_t>(text.size());
      break;
    }
    const auto at = static_cast<uint32_t>(lf - text.data());
    if (at == line_ || text[at - 1] != '\r') return Status::kBadLine;
    scanned_ = at + 1;
    const bool empty = at - 1 == line_;
    const bool in_front = line_ == begin_;
    line_ = scanned_;
    if (!empty) continue;
    if (!in_front || leading == LeadingEmptyLine::kEnd) return Status::kComplete;
    if (leading == LeadingEmptyLine::kRefuse) return Status::kBadLine;
    begin_ = scanned_;
  }
  return Status::kIncomplete;
}

// Room for `bytes` more in the buffer. A buffer that was outgrown stays in the arena: at most as much again.
bool HeadReader::reserve(Arena& arena, size_t bytes, size_t limit_bytes) {
  if (bytes <= capacity_ - size_) return true;
  const size_t capacity = std::min(std::max({size_ + bytes, size_t{2} * capacity_, kFirstCapacity}), limit_bytes);
  const std::span<char> room = arena.try_array<char>(capacity);
  if (room.empty()) return false;
  std::copy_n(buffer_, size_, room.data());
  buffer_ = room.data();
  capacity_ = static_cast<uint32_t>(capacity);
  return true;
}

}  // namespace sluice::http
