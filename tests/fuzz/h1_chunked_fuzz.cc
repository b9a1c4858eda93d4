// Chunked bodies: decoded alike whole and in pieces, nothing taken from behind the end, all memory given back.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "http/body_decoder.h"
#include "support/test_worker.h"

namespace sluice::http {
namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

struct Outcome {
  std::string body;
  size_t taken_bytes = 0;
  int error = -1;
  bool complete = false;
  size_t trailers = 0;
};

Outcome decode(test::TestWorker& worker, std::string_view text, size_t piece) {
  Arena arena(worker.blocks);
  SliceQueue in(worker.nodes), out(worker.nodes);
  BodyDecoder decoder(arena);
  decoder.start({Framing::kChunked, 0}, {.body_bytes = 10000, .chunk_line_bytes = 64});
  Outcome outcome;
  for (size_t at = 0; at < text.size() && outcome.error < 0 && !decoder.complete(); at += piece) {
    SliceQueue more = worker.slices(text.substr(at, piece));
    in.splice(more);
    for (size_t before = in.size() + 1; in.size() < before && outcome.error < 0;) {
      before = in.size();
      const auto decoded = decoder.decode(in, out);
      check(before - in.size() == decoded.framing_bytes + out.size());
      outcome.taken_bytes += before - in.size();
      outcome.body += test::text_of(out);
      out.clear();
      if (decoded.error) outcome.error = static_cast<int>(decoded.error->error.reason);
    }
  }
  outcome.complete = decoder.complete();
  outcome.trailers = decoder.trailers().size();
  check(outcome.body.size() <= 10000 && outcome.trailers <= BodyDecoder::kMostTrailers);
  return outcome;
}

}  // namespace
}  // namespace sluice::http

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sluice;
  static test::TestWorker worker;
  if (size < 1) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const http::Outcome whole = http::decode(worker, text, std::max<size_t>(1, text.size()));
  const http::Outcome pieces = http::decode(worker, text, 1 + data[0] % 16);
  http::check(whole.error == pieces.error && whole.complete == pieces.complete && whole.body == pieces.body);
  if (whole.error < 0) http::check(whole.taken_bytes == pieces.taken_bytes && whole.trailers == pieces.trailers);
  http::check(worker.nodes.size() == 0 && worker.blocks.in_use_bytes() == 0);
  return 0;
}
