// BodyDecoder: takes the framing off a body (RFC 9112 6 and 7.1): by length, chunked, or until the connection closes.
//
// Part of a session. Moves slices, copies no bytes of a body. Chunk framing is strict: a size is hex digits alone,
// lines end with CRLF, extensions are bounded and ignored, trailer fields that frame, route or authenticate are
// dropped.
#pragma once

#include <cstdint>
#include <optional>

#include "base/arena.h"
#include "http/head_reader.h"
#include "http/message.h"
#include "http/message_error.h"
#include "packet/slice_queue.h"

namespace sluice::http {

class BodyDecoder {
 public:
  struct Limits {
    uint64_t body_bytes = UINT64_MAX;
    uint32_t chunk_line_bytes = 256;  // of a size line; of the extensions of a body in all: 16 times as much
  };
  static constexpr size_t kMostTrailerBytes = 8192;
  static constexpr uint16_t kMostTrailers = 32;

  // Trailer fields are kept in `arena`.
  explicit BodyDecoder(Arena& arena) : arena_(arena), trailers_(arena) {}

  // Begins a body; without one it is complete at once. Forgets the one before, so the arena may have been cleared.
  void start(BodyFraming framing, const Limits& limits);
  void reset() { start(BodyFraming(), Limits()); }

  struct Outcome {
    size_t framing_bytes = 0;  // taken off `in` and not part of the body
    std::optional<MessageError> error;
  };
  // Moves what can be decoded from `in` to `out`, or until `out` holds kMostSlices: then call again when it was
  // emptied. Takes nothing behind the body's end.
  Outcome decode(SliceQueue& in, SliceQueue& out);
  // The stream has ended and decode() has taken all. Completes a body that lasts until then; an error for any other.
  std::optional<MessageError> end_of_stream();

  bool complete() const { return state_ == State::kComplete; }
  Framing framing() const { return framing_; }
  // Bytes of the body that are still to come; of a body whose length is not known in front: none.
  std::optional<uint64_t> remaining() const;
  const HeaderMap& trailers() const { return trailers_; }

  // Bounds what a body of tiny chunks can hold: each slice pins a packet and a node.
  static constexpr unsigned kMostSlices = 64;

 private:
  enum class State : uint8_t {
    kData,       // of a length, of a chunk, or until the stream ends
    kChunkSize,  // hex digits
    kExtension,  // from ';' to CR
    kSizeLf,     // LF behind a size line
    kDataCr,     // CR behind a chunk's data
    kDataLf,     // LF behind it
    kTrailers,
    kComplete,
  };

  using Refused = std::optional<MessageError>;

  Refused take_data(SliceQueue& in, SliceQueue& out);
  Refused take_framing(SliceQueue& in, size_t& taken);
  Refused take_trailers(SliceQueue& in, size_t& taken);
  Refused keep_trailers(std::string_view section);
  Refused on_framing_byte(char c);
  Refused on_size_byte(char c);
  Refused on_extension_byte(char c);
  Refused on_size_line_end();

  Arena& arena_;
  Framing framing_ = Framing::kNone;
  State state_ = State::kComplete;
  uint8_t slices_ = 0;       // in `out`, at most
  bool size_seen_ = false;   // the size line has a digit
  uint32_t line_bytes_ = 0;  // of the present size line
  uint32_t line_limit_bytes_ = 0;
  uint32_t extension_bytes_ = 0;  // of the body so far
  uint64_t left_ = 0;             // of the present chunk, or of the body by length
  uint64_t allowed_ = 0;          // that further chunks may have in all
  HeadReader trailer_reader_;
  HeaderMap trailers_;
};

}  // namespace sluice::http
