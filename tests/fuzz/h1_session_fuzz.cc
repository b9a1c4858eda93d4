// A whole server session: hostile bytes in random pieces, an exchange that answers, streams, waits or gives up at
// random, time that passes. Whatever happens, nothing that follows a refusal becomes a request and all memory comes
// back.
#include <cstdint>
#include <cstdlib>
#include <optional>

#include "http/h1_server.h"
#include "support/memory_stream.h"
#include "support/test_worker.h"

namespace sluice::http {
namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

// The fuzzer's decisions, one byte each; zeros when they are used up.
class Choices {
 public:
  explicit Choices(std::string_view bytes) : left_(bytes) {}
  uint8_t next() {
    if (left_.empty()) return 0;
    const auto byte = static_cast<uint8_t>(left_.front());
    left_.remove_prefix(1);
    return byte;
  }

 private:
  std::string_view left_;
};

class Handler final : public RequestHandler, public ServerTransactionEvents {
 public:
  Handler(test::TestWorker& worker, Choices& choices) : worker_(worker), choices_(choices) {}

  ServerTransactionEvents* on_request(ServerTransaction& transaction, Request&) override {
    check(transaction_ == nullptr && !refused_);
    const uint8_t choice = choices_.next();
    if (choice % 8 == 7) return nullptr;
    transaction_ = &transaction;
    if (choice % 2 == 0) act();
    return this;
  }
  void on_refused(const Refusal&, Response&, std::string_view& body) override {
    check(transaction_ == nullptr);
    refused_ = true;
    body = "no";
  }
  void on_request_body() override { act(); }
  void on_response_writable() override { act(); }
  void on_client_gone(Error) override { transaction_ = nullptr; }

  // One step of the exchange.
  void act() {
    if (transaction_ == nullptr) return;
    const uint8_t choice = choices_.next();
    const size_t bytes = transaction_->body().size();
    switch (choice % 6) {
      case 0:
        return answer(choice);
      case 1:
        transaction_->abort();
        transaction_ = nullptr;
        return;
      case 2:
        transaction_->close_after_response();
        return;
      default:
        transaction_->body().clear();
        if (bytes > 0) transaction_->consumed(bytes);
    }
  }
  bool holds_transaction() const { return transaction_ != nullptr; }

 private:
  void answer(uint8_t choice) {
    Response head(transaction_->arena());
    head.status = choice % 5 == 4 ? 204 : 200;
    head.framing.kind = static_cast<Framing>(choice / 6 % 4);
    head.framing.length_bytes = head.framing.kind == Framing::kLength ? 4 : 0;
    check(transaction_->send_head(head));
    if (head.framing.kind != Framing::kNone) check(transaction_->send_body(worker_.slices("body")));
    transaction_->finish_body();
    transaction_->release();
    transaction_ = nullptr;
  }

  test::TestWorker& worker_;
  Choices& choices_;
  ServerTransaction* transaction_ = nullptr;
  bool refused_ = false;
};

class Client final : public stream::StreamEvents {
 public:
  explicit Client(test::MemoryStream& stream) : stream_(stream) { stream.set_events(this); }
  void on_readable() override {
    const size_t bytes = stream_.readable().size();
    stream_.readable().clear();
    stream_.consumed(bytes);
  }
  void on_writable() override {}
  void on_closed(stream::CloseReason) override {}

 private:
  test::MemoryStream& stream_;
};

void run(test::TestWorker& worker, std::string_view decisions, std::string_view text) {
  policy::Limits limits;
  limits.connections = 1;
  limits.header_bytes = 1024;
  limits.body_bytes = 4096;
  limits.drain_bytes = 256;
  // Short, as a wheel that turns through minutes would take all the fuzzer's time.
  limits.idle_timeout = Duration::milliseconds(75);
  limits.header_timeout = Duration::milliseconds(30);
  limits.body_timeout = Duration::milliseconds(60);
  limits.drain_timeout = Duration::milliseconds(5);
  const SessionContext context{worker.context, *worker.packets, worker.nodes, limits};
  Choices choices(decisions);
  Handler handler(worker, choices);
  H1Server server(context, handler);
  test::MemoryStreamPair pair(worker.context, worker.nodes, 4096);
  Client client(pair.client());
  server.on_accept(pair.server());
  while (!text.empty()) {
    const std::string_view piece = text.substr(0, 1 + choices.next() % 64);
    text.remove_prefix(piece.size());
    check(pair.client().write(worker.slices(piece)));
    worker.run_tasks();
    if (choices.next() % 4 == 0) handler.act();
    if (choices.next() % 64 == 63) worker.advance(Duration::milliseconds(40));
  }
  pair.client().shutdown_write();
  worker.run_tasks();
  for (int i = 0; i < 4 && handler.holds_transaction(); ++i) handler.act();
  worker.advance(Duration::milliseconds(200));
  server.abort_all();
  worker.run_tasks();
  check(server.connections() == 0 && !handler.holds_transaction());
}

}  // namespace
}  // namespace sluice::http

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sluice;
  static test::TestWorker worker;
  if (size < 1) return 0;
  const std::string_view all(reinterpret_cast<const char*>(data) + 1, size - 1);
  const size_t decisions = std::min<size_t>(data[0], all.size());
  http::run(worker, all.substr(0, decisions), all.substr(decisions));
  http::check(worker.nodes.size() == 0 && worker.blocks.in_use_bytes() == 0);
  return 0;
}
