// HeadReader: finds the end of a message's head, or of its trailer section, in the bytes of a stream.
//
// Part of a session. A head that lies in one packet may stay there and is pinned; one that straddles packets is copied
// once into the arena, and each byte is looked at once, however small the pieces that it comes in. Lines end with CRLF
// and nothing else (RFC 9112 2.2 lets a server refuse a bare LF).
#pragma once

#include <cstdint>
#include <string_view>

#include "base/arena.h"
#include "packet/slice_queue.h"

namespace sluice::http {

// What an empty line in front of the first one means.
enum class LeadingEmptyLine : uint8_t {
  kSkip,    // requests (RFC 9112 2.2)
  kRefuse,  // responses
  kEnd,     // trailer sections, which may be empty
};

class HeadReader {
 public:
  enum class Status : uint8_t {
    kIncomplete,
    kComplete,
    kBadLine,      // a bare LF, or an empty line in front
    kTooLong,      // more than the limit
    kLineTooLong,  // more than the limit, and not even the first line has ended
    kOutOfMemory,
  };
  struct Outcome {
    Status status = Status::kIncomplete;
    size_t consumed_bytes = 0;  // taken off the queue, to be told to the stream
    std::string_view head;      // kComplete: with the empty line at its end, and without empty lines in front
  };

  // Takes bytes off `in` up to the end of the head. `pin` keeps the packet when the head stays in it; nullptr: it is
  // copied in any case, and no packet waits with it.
  // limit_bytes: the most that a head may have; nothing behind it is looked at.
  Outcome read(SliceQueue& in, Arena& arena, Slice* pin, LeadingEmptyLine leading, size_t limit_bytes);

  // Bytes of a head that is not complete have been taken, empty lines in front of it aside.
  bool started() const { return size_ > begin_; }
  // Forgets everything. REQUIRES before reading the next head; the arena may be cleared after.
  void reset() { *this = HeadReader(); }

 private:
  Status scan(std::string_view text, LeadingEmptyLine leading);
  bool reserve(Arena& arena, size_t bytes, size_t limit_bytes);

  char* buffer_ = nullptr;  // in the arena
  uint32_t capacity_ = 0;
  uint32_t size_ = 0;
  // Positions in the text that is scanned: what lies before scanned_ is known.
  uint32_t scanned_ = 0;
  uint32_t line_ = 0;   // where the present line begins
  uint32_t begin_ = 0;  // where the head begins, behind empty lines
};

}  // namespace sluice::http
