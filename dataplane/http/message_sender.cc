#include "http/message_sender.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "http/h1_writer.h"

namespace sluice::http {

void MessageSender::start_body(BodyFraming framing) {
  framing_ = framing.kind;
  left_ = framing.length_bytes;
  finished_ = framing.kind == Framing::kNone;
}

void MessageSender::reset() {
  held_.clear();
  start_body(BodyFraming());
  trailers_ = nullptr;
}

size_t MessageSender::room(const stream::Stream* stream) const {
  if (stream == nullptr) return 0;
  const size_t room = stream->room();
  return room - std::min(room, held_.size());
}

bool MessageSender::send(stream::Stream& stream, SliceQueue bytes) {
  if (framing_ == Framing::kNone || bytes.empty()) return true;
  if (framing_ == Framing::kLength) {
    if (bytes.size() > left_) return false;
    left_ -= bytes.size();
  }
  if (framing_ == Framing::kChunked) {
    if (!hold_chunk(std::move(bytes))) return false;
  } else {
    held_.splice(bytes);
  }
  return flush(stream);
}

// RFC 9112 7.1. The size line and the end of the chunk share one packet.
bool MessageSender::hold_chunk(SliceQueue bytes) {
  constexpr size_t kLongest = sizeof "ffffffffffffffff\r\n\r\n";
  Packet packet = context_.packets.try_allocate();
  if (!packet) return false;
  char line[kLongest];
  char* end = std::to_chars(line, line + kLongest, bytes.size(), 16).ptr;
  std::memcpy(end, "\r\n\r\n", 4);
  const auto size_line_bytes = static_cast<size_t>(end - line) + 2;
  std::memcpy(packet.append(size_line_bytes + 2).data(), line, size_line_bytes + 2);

  const Slice framing(std::move(packet));
  if (!held_.try_push(framing.sub(0, size_line_bytes))) return false;
  held_.splice(bytes);
  return held_.try_push(framing.sub(size_line_bytes, 2));
}

bool MessageSender::finish(stream::Stream& stream) {
  if (framing_ == Framing::kLength && left_ > 0) return false;
  if (framing_ == Framing::kChunked && !finished_) {
    PacketWriter out(context_.packets, held_);
    out.write("0\r\n");
    if (trailers_ != nullptr) write_trailers(out, *trailers_);
    out.write("\r\n");
    if (!out.finish()) return false;
  }
  finished_ = true;
  return flush(stream);
}

bool MessageSender::flush(stream::Stream& stream) {
  if (held_.empty()) return true;
  written_bytes_ += held_.size();
  return stream.write(std::move(held_));
}

}  // namespace sluice::http
