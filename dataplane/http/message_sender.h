// MessageSender: writes one message after another to a stream: its head as it was composed, its body framed.
//
// Part of a session. A head is held back until its body's first bytes or its end, so that a small message leaves in one
// piece; flush() sends one that nothing follows yet.
#pragma once

#include <cstdint>

#include "http/h1_writer.h"
#include "http/session_context.h"
#include "packet/slice_queue.h"
#include "stream/stream.h"

namespace sluice::http {

class MessageSender {
 public:
  explicit MessageSender(const SessionContext& context) : context_(context), held_(context.nodes) {}

  // Where heads are composed: see h1_writer.h. Bytes written there leave with what follows.
  SliceQueue& held() { return held_; }

  // A body follows the head that was composed. kNone: what send() is given is dropped (the answer to HEAD).
  void start_body(BodyFraming framing);
  // Bytes of a body that are taken now.
  size_t room(const stream::Stream* stream) const;
  // Sends body bytes. False: out of memory, or more than the length that was announced.
  [[nodiscard]] bool send(stream::Stream& stream, SliceQueue bytes);
  // Trailer fields for the end of a chunked body; they must live until finish().
  void set_trailers(const HeaderMap& trailers) { trailers_ = &trailers; }
  // Ends the body. False: out of memory, or less than the length that was announced.
  [[nodiscard]] bool finish(stream::Stream& stream);
  // Sends what is held back.
  [[nodiscard]] bool flush(stream::Stream& stream);

  bool finished() const { return finished_; }
  // The receiver can tell by itself whether the body came whole (RFC 9112 8).
  bool end_is_marked() const { return framing_ == Framing::kLength || framing_ == Framing::kChunked; }
  // All bytes written to the stream.
  uint64_t written_bytes() const { return written_bytes_; }
  void reset();

 private:
  bool hold_chunk(SliceQueue bytes);

  const SessionContext& context_;
  SliceQueue held_;
  const HeaderMap* trailers_ = nullptr;
  uint64_t left_ = 0;  // of a body by length
  uint64_t written_bytes_ = 0;
  Framing framing_ = Framing::kNone;
  bool finished_ = true;
};

}  // namespace sluice::http
