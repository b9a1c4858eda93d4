#include "http/body_decoder.h"

#include <algorithm>

#include "http/characters.h"
#include "http/h1_parser.h"

namespace sluice::http {

namespace {

constexpr uint32_t kExtensionLines = 16;

}  // namespace

void BodyDecoder::start(BodyFraming framing, const Limits& limits) {
  framing_ = framing.kind;
  line_limit_bytes_ = limits.chunk_line_bytes;
  allowed_ = limits.body_bytes;
  slices_ = 0;
  size_seen_ = false;
  line_bytes_ = extension_bytes_ = 0;
  left_ = framing.kind == Framing::kLength ? framing.length_bytes : 0;
  trailer_reader_.reset();
  trailers_ = HeaderMap(arena_);
  const bool empty = framing.kind == Framing::kNone || (framing.kind == Framing::kLength && left_ == 0);
  state_ = empty ? State::kComplete : framing.kind == Framing::kChunked ? State::kChunkSize : State::kData;
}

BodyDecoder::Outcome BodyDecoder::decode(SliceQueue& in, SliceQueue& out) {
  Outcome outcome;
  if (out.empty()) slices_ = 0;
  while (!in.empty() && !complete() && !outcome.error) {
    if (state_ == State::kTrailers) {
      outcome.error = take_trailers(in, outcome.framing_bytes);
    } else if (state_ != State::kData) {
      outcome.error = take_framing(in, outcome.framing_bytes);
    } else if (slices_ < kMostSlices) {
      outcome.error = take_data(in, out);
    } else {
      break;
    }
  }
  return outcome;
}

std::optional<MessageError> BodyDecoder::end_of_stream() {
  if (framing_ == Framing::kUntilClose) state_ = State::kComplete;
  if (complete()) return std::nullopt;
  return client_error(400, Counter::kHttpClientClosed, "http.body");
}

std::optional<uint64_t> BodyDecoder::remaining() const {
  if (complete()) return 0;
  if (framing_ == Framing::kLength) return left_;
  return std::nullopt;
}

BodyDecoder::Refused BodyDecoder::take_data(SliceQueue& in, SliceQueue& out) {
  const bool endless = framing_ == Framing::kUntilClose;
  Slice data = in.take_front(endless ? SIZE_MAX : left_);
  if (!endless) left_ -= data.size();
  ++slices_;
  if (!out.try_push(std::move(data))) return out_of_memory("http.body");
  if (!endless && left_ == 0) state_ = framing_ == Framing::kLength ? State::kComplete : State::kDataCr;
  return std::nullopt;
}

// Reads framing up to data, the trailer section, or the end of the first slice.
BodyDecoder::Refused BodyDecoder::take_framing(SliceQueue& in, size_t& taken) {
  const std::string_view text = in.front().text();
  size_t at = 0;
  Refused refused;
  while (at < text.size() && state_ != State::kData && state_ != State::kTrailers && !refused) {
    refused = on_framing_byte(text[at++]);
  }
  in.consume(at);
  taken += at;
  return refused;
}

// RFC 9112 7.1: chunk = chunk-size [ chunk-ext ] CRLF chunk-data CRLF.
BodyDecoder::Refused BodyDecoder::on_framing_byte(char c) {
  switch (state_) {
    case State::kChunkSize:
      return on_size_byte(c);
    case State::kExtension:
      return on_extension_byte(c);
    case State::kSizeLf:
      if (c != '\n') return client_error(400, Counter::kHttpLineEnding, "http.chunk_size");
      return on_size_line_end();
    case State::kDataCr:
      if (c != '\r') return client_error(400, Counter::kHttpChunkEnd, "http.chunk_end");
      state_ = State::kDataLf;
      return std::nullopt;
    case State::kDataLf:
      if (c != '\n') return client_error(400, Counter::kHttpChunkEnd, "http.chunk_end");
      state_ = State::kChunkSize;
      return std::nullopt;
    default:
      return MessageError{500, {Counter::kInternalError, Side::kSelf, "http.chunk"}};
  }
}

BodyDecoder::Refused BodyDecoder::on_size_byte(char c) {
  const int digit = hex_digit(c);
  if (digit >= 0) {
    if (++line_bytes_ > line_limit_bytes_) {
      return client_error(400, Counter::kHttpChunkLine, "http.chunk_line_bytes");
    }
    if (left_ > (INT64_MAX >> 4)) return client_error(400, Counter::kHttpChunkSize, "http.chunk_size");
    left_ = left_ << 4 | static_cast<uint64_t>(digit);
    size_seen_ = true;
    return std::nullopt;
  }
  if (c == '\n') return client_error(400, Counter::kHttpLineEnding, "http.chunk_size");
  if (!size_seen_ || (c != '\r' && c != ';')) return client_error(400, Counter::kHttpChunkSize, "http.chunk_size");
  state_ = c == '\r' ? State::kSizeLf : State::kExtension;
  return std::nullopt;
}

// RFC 9112 7.1.1: extensions that are not known are ignored; what they may cost is bounded.
BodyDecoder::Refused BodyDecoder::on_extension_byte(char c) {
  if (c == '\r') {
    state_ = State::kSizeLf;
    return std::nullopt;
  }
  const bool control = find_control({&c, 1}) == 0;
  const bool too_long = ++line_bytes_ > line_limit_bytes_ || ++extension_bytes_ > kExtensionLines * line_limit_bytes_;
  if (control || too_long) return client_error(400, Counter::kHttpChunkLine, "http.chunk_extension");
  return std::nullopt;
}

BodyDecoder::Refused BodyDecoder::on_size_line_end() {
  line_bytes_ = 0;
  size_seen_ = false;
  state_ = left_ == 0 ? State::kTrailers : State::kData;
  if (left_ > allowed_) return client_error(413, Counter::kHttpBodyTooLarge, "http.body_bytes");
  allowed_ -= left_;
  return std::nullopt;
}

BodyDecoder::Refused BodyDecoder::keep_trailers(std::string_view section) {
  if (section.empty()) return out_of_memory("http.trailers");
  return parse_trailers(section, kMostTrailers, trailers_);
}

// RFC 9112 7.1.2. Trailers are rare and wait with their exchange: they are copied, so that no packet waits with them.
BodyDecoder::Refused BodyDecoder::take_trailers(SliceQueue& in, size_t& taken) {
  constexpr std::string_view kNoTrailers = "\r\n";
  Slice packet;
  const HeadReader::Outcome read = trailer_reader_.read(in, arena_, &packet, LeadingEmptyLine::kEnd, kMostTrailerBytes);
  taken += read.consumed_bytes;
  switch (read.status) {
    case HeadReader::Status::kIncomplete:
      return std::nullopt;
    case HeadReader::Status::kComplete:
      state_ = State::kComplete;
      if (read.head == kNoTrailers) return std::nullopt;
      return keep_trailers(packet.empty() ? read.head : arena_.try_copy(read.head));
    case HeadReader::Status::kOutOfMemory:
      return out_of_memory("http.trailers");
    default:
      return client_error(400, Counter::kHttpTrailers, "http.trailers");
  }
}

}  // namespace sluice::http
