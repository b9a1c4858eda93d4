// Request heads: whatever comes, a head that is found and parsed whole is found and parsed alike in pieces, and one
// that is accepted comes out of the writer as a head that is accepted again.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "http/h1_parser.h"
#include "http/h1_writer.h"
#include "http/head_reader.h"
#include "support/test_worker.h"

namespace sluice::http {
namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

struct Outcome {
  HeadReader::Status status = HeadReader::Status::kIncomplete;
  std::string head;
  std::string rest;
};

// Feeds `text` in pieces of `piece` bytes.
Outcome read(test::TestWorker& worker, std::string_view text, size_t piece) {
  Arena arena(worker.blocks);
  SliceQueue in(worker.nodes);
  Slice pin;
  HeadReader reader;
  Outcome outcome;
  size_t at = 0;
  while (at < text.size() && outcome.status == HeadReader::Status::kIncomplete) {
    const std::string_view next = text.substr(at, piece);
    at += next.size();
    SliceQueue more = worker.slices(next);
    in.splice(more);
    const size_t before = in.size();
    const auto read = reader.read(in, arena, &pin, LeadingEmptyLine::kSkip, 4096);
    check(before - in.size() == read.consumed_bytes);
    outcome.status = read.status;
    outcome.head = read.head;
  }
  outcome.rest = test::text_of(in) + std::string(text.substr(at));
  return outcome;
}

void check_parse(test::TestWorker& worker, std::string_view head, const policy::Limits& limits) {
  Arena arena(worker.blocks);
  Request request(arena);
  if (parse_request_head(head, limits, request)) return;
  check(!request.method.empty() && !request.target.empty() && request.path.data() != nullptr);

  SliceQueue out(worker.nodes);
  PacketWriter writer(*worker.packets, out);
  write_request_head(writer, request);
  check(writer.finish());
  const std::string written = test::text_of(out);
  Request again(arena);
  policy::Limits wider = limits;
  wider.header_count += 2;  // Connection and the framing
  const auto refused = parse_request_head(written, wider, again);
  // A Host-less HTTP/1.0 request is written as HTTP/1.1 by the exchange only with the Host that it adds.
  if (refused) check(refused->error.reason == Counter::kHttpHostMissing && request.version.minor == 0);
  if (!refused) {
    check(again.target == request.target && again.method == request.method);
    check(again.framing.kind == request.framing.kind && again.framing.length_bytes == request.framing.length_bytes);
  }
}

}  // namespace
}  // namespace sluice::http

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sluice;
  static test::TestWorker worker;
  if (size < 1) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const http::Outcome whole = http::read(worker, text, std::max<size_t>(1, text.size()));
  const http::Outcome pieces = http::read(worker, text, 1 + data[0] % 16);
  http::check(whole.status == pieces.status);
  if (whole.status == http::HeadReader::Status::kComplete) {
    http::check(whole.head == pieces.head && whole.rest == pieces.rest);
    policy::Limits limits;
    limits.header_count = 20;
    http::check_parse(worker, whole.head, limits);
  }
  return 0;
}
