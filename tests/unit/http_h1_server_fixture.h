// A client, a handler and an H1Server between them, over a stream in memory: what the tests of its sessions share.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "http/h1_server.h"
#include "support/memory_stream.h"
#include "support/test_worker.h"

namespace sluice::http {

// A client that keeps what it gets.
class Client final : public stream::StreamEvents {
 public:
  Client(test::TestWorker& worker, test::MemoryStream& stream) : worker_(worker), stream_(stream) {
    stream.set_events(this);
  }
  void send(std::string_view text) {
    EXPECT_TRUE(stream_.write(worker_.slices(text)));
    worker_.run_tasks();
  }
  void send_in_bytes(std::string_view text) {
    for (size_t i = 0; i < text.size(); ++i) send(text.substr(i, 1));
  }
  void on_readable() override {
    if (!reads) return;
    received += test::text_of(stream_.readable());
    const size_t bytes = stream_.readable().size();
    stream_.readable().clear();
    stream_.consumed(bytes);
    ended = ended || stream_.end_of_stream();
  }
  void on_writable() override {}
  void on_closed(stream::CloseReason why) override { closed = why; }

  std::string received;
  bool ended = false;
  bool reads = true;
  std::optional<stream::CloseReason> closed;

 private:
  test::TestWorker& worker_;
  test::MemoryStream& stream_;
};

// Keeps one exchange a request and lets the test act for it; answers at once where the test says so.
class Handler final : public RequestHandler, public ServerTransactionEvents {
 public:
  ServerTransactionEvents* on_request(ServerTransaction& t, Request& r) override {
    requests.push_back(std::string(r.method) + " " + std::string(r.target));
    transaction = &t;
    request = &r;
    body_events = 0;
    gone.reset();
    if (out_of_memory) return nullptr;
    if (answers_at_once) answer("ok");
    if (posts_on_request != nullptr) worker->tasks.post(*posts_on_request);
    return this;
  }
  void on_refused(const Refusal& refusal, Response& answer, std::string_view& body) override {
    refused.push_back(refusal.status);
    refused_reasons.push_back(refusal.error.reason);
    answer.reason = "No";
    (void)answer.headers.add("X-Refused", "1");
    body = "refused";
  }
  void on_request_body() override {
    ++body_events;
    if (takes_body) take();
  }
  void on_response_writable() override { ++writable_events; }
  void on_client_gone(Error reason) override {
    gone = reason.reason;
    gone_side = reason.side;
  }

  void take() {
    body += test::text_of(transaction->body());
    const size_t bytes = transaction->body().size();
    transaction->body().clear();
    if (bytes > 0) transaction->consumed(bytes);
  }
  bool send_head(uint16_t status, BodyFraming framing) {
    Response response(transaction->arena());
    response.status = status;
    response.reason = "R";
    response.framing = framing;
    for (auto [name, value] : fields) EXPECT_TRUE(response.headers.add(name, value));
    return transaction->send_head(response);
  }
  void send(std::string_view text) { EXPECT_TRUE(transaction->send_body(worker->slices(text))); }
  void answer(std::string_view text, uint16_t status = 200) {
    EXPECT_TRUE(send_head(status, {Framing::kLength, text.size()}));
    send(text);
    finish();
  }
  void finish() {
    transaction->finish_body();
    transaction->release();
  }

  test::TestWorker* worker = nullptr;
  bool answers_at_once = false;
  Task* posts_on_request = nullptr;
  bool takes_body = true;
  bool out_of_memory = false;
  std::vector<Header> fields;
  std::vector<std::string> requests;
  std::vector<int> refused;
  std::vector<Counter> refused_reasons;
  ServerTransaction* transaction = nullptr;
  Request* request = nullptr;
  std::string body;
  int body_events = 0;
  int writable_events = 0;
  std::optional<Counter> gone;
  std::optional<Side> gone_side;
};

class Server : public testing::Test {
 protected:
  void SetUp() override { start(); }
  void start(size_t capacity = 65536) {
    handler.worker = &worker;
    server = std::make_unique<H1Server>(context, handler);
    pair = std::make_unique<test::MemoryStreamPair>(worker.context, worker.nodes, capacity);
    client = std::make_unique<Client>(worker, pair->client());
    server->on_accept(pair->server());
    worker.run_tasks();
  }
  std::string take() { return std::exchange(client->received, ""); }
  static std::string ok(std::string_view body = "ok") {
    return "HTTP/1.1 200 R\r\nConnection: keep-alive\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           std::string(body);
  }
  static std::string get(std::string_view target = "/", std::string_view fields = "") {
    return "GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n";
  }

  test::TestWorker worker;
  policy::Limits limits;
  SessionContext context{worker.context, *worker.packets, worker.nodes, limits};
  Handler handler;
  std::unique_ptr<H1Server> server;
  std::unique_ptr<test::MemoryStreamPair> pair;
  std::unique_ptr<Client> client;
};

}  // namespace sluice::http
