// EdgeTest: a policy's edge section, compiled, and one request at a time through it.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "edge/stage.h"
#include "match/scratch.h"
#include "support/test_worker.h"
#include "token/verified_memory.h"
#include "token_maker.h"

namespace sluice::test {

class EdgeTest : public testing::Test {
 protected:
  EdgeTest() { new_request("GET", "/"); }

  // A rule at the end of the policy, without a match: for every request.
  policy::EdgeRule& add_rule(std::string name = "rule") {
    policy::EdgeRule& rule = edge.rules.emplace_back();
    rule.name = name + std::to_string(edge.rules.size());
    return rule;
  }
  void add_schema(std::string name, policy::HeaderType type = policy::HeaderType::kString,
                  policy::Stage written_by = policy::Stage::kEdge, bool to_origin = true) {
    edge.schema.headers.push_back(
        {.name = std::move(name), .type = type, .written_by = written_by, .to_origin = to_origin});
  }
  static policy::Enrichment fixed(std::string header, std::string value) {
    policy::Enrichment e;
    e.header = std::move(header);
    e.value = std::move(value);
    return e;
  }
  static policy::Enrichment from(std::string header, policy::EnrichFrom source) {
    policy::Enrichment e;
    e.header = std::move(header);
    e.from = source;
    return e;
  }
  static policy::Enrichment claim(std::string header, std::string name) {
    policy::Enrichment e = from(std::move(header), policy::EnrichFrom::kClaim);
    e.claim = std::move(name);
    return e;
  }

  // A request of this target to shop.example, from 198.18.0.2; replaces the one before.
  http::Request& new_request(std::string_view method, std::string_view target) {
    context.reset();
    http.reset();
    request_.reset();
    arena.clear();
    http::Request& r = request_.emplace(arena);
    r.method = copy(method);
    r.target = copy(target);
    const size_t mark = r.target.find('?');
    r.path = r.target.substr(0, mark);
    r.has_query = mark != std::string_view::npos;
    if (r.has_query) r.query = r.target.substr(mark + 1);
    r.authority = "shop.example";
    add_header("Host", "shop.example");
    http.emplace(worker.context, arena, r);
    http->client.address = IpAddress::v4(0xC6120002);
    http->client.peer = {http->client.address, Port{50000}};
    http->request_id = "0123456789abcdef0123456789abcdef";
    http->scratch = scratch.get();
    http->verified_tokens = &memory;
    context.emplace(*http);
    return r;
  }
  http::Request& request() { return *request_; }
  void add_header(std::string_view name, std::string_view value) {
    ASSERT_TRUE(request_->headers.add_copy(name, value));
  }
  void set_host(std::string_view host) {
    request_->authority = copy(host);
    ASSERT_TRUE(request_->headers.set_copy("Host", host));
  }

  // Compiles the policy where this has not happened yet, and runs the request.
  http::Verdict run() {
    if (stage == nullptr) compile();
    return stage->on_client_request(*context);
  }
  void compile() {
    auto compiled = edge::Stage::compile(edge);
    ASSERT_TRUE(compiled) << compiled.error().front().message;
    stage = std::move(compiled).value();
  }
  std::vector<std::string> compile_errors() {
    auto compiled = edge::Stage::compile(edge);
    std::vector<std::string> messages;
    if (!compiled) {
      for (const auto& error : compiled.error()) messages.push_back(error.message);
    }
    return messages;
  }

  // A header of the request; "-" when it is absent.
  std::string header(std::string_view name) { return std::string(request_->headers.find(name).value_or("-")); }
  std::string answer_header(std::string_view name) {
    return std::string(http->answer.head.headers.find(name).value_or("-"));
  }
  std::string target() const {
    return std::string(request_->path) + (request_->has_query ? "?" + std::string(request_->query) : "");
  }
  uint64_t counted(Counter c) const { return worker.counted(c); }

  policy::Edge edge;
  std::unique_ptr<const edge::Stage> stage;

  TestWorker worker;
  Arena arena{worker.blocks};
  std::unique_ptr<match::Scratch> scratch = match::ScratchPlan().make();
  token::VerifiedMemory memory{worker.context, {.tokens = 64}};
  std::optional<http::RequestContext> http;
  std::optional<edge::Context> context;

 private:
  std::string_view copy(std::string_view text) { return arena.try_copy(text); }

  std::optional<http::Request> request_;
};

}  // namespace sluice::test
