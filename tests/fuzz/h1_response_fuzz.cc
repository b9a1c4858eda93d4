// Response heads: no input breaks the parser, and one that is accepted frames its body in a way that a client of ours
// can be told.
#include <cstdint>
#include <cstdlib>

#include "http/h1_parser.h"
#include "http/h1_writer.h"
#include "support/test_worker.h"

namespace sluice::http {
namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

void run(test::TestWorker& worker, std::string_view head, Answers answers) {
  Arena arena(worker.blocks);
  Response response(arena);
  if (parse_response_head(head, 50, answers, response)) return;
  check(response.status >= 100 && response.status <= 999 && response.headers.size() <= 50);
  if (answers == Answers::kHead || response.status == 204) check(response.framing.kind == Framing::kNone);
  if (response.framing.kind == Framing::kUntilClose) check(!response.keep_alive);

  SliceQueue out(worker.nodes);
  PacketWriter writer(*worker.packets, out);
  write_response_head(writer, response, response.framing, Persistence::kKeepAlive);
  check(writer.finish());
  const std::string written = test::text_of(out);
  Response again(arena);
  check(!parse_response_head(written, 53, answers, again));
  check(again.status == response.status && again.framing.kind == response.framing.kind);
}

}  // namespace
}  // namespace sluice::http

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sluice;
  static test::TestWorker worker;
  const std::string_view head(reinterpret_cast<const char*>(data), size);
  http::run(worker, head, http::Answers::kOther);
  http::run(worker, head, http::Answers::kHead);
  return 0;
}
