// What the tests of the gateway share: a policy compiled into a Stage, and requests that are taken through it in
// memory.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cache/response_store.h"
#include "config/policy_loader.h"
#include "gateway/forwarded.h"
#include "gateway/introspections.h"
#include "gateway/rate_budgets.h"
#include "gateway/stage.h"
#include "http/h1_parser.h"
#include "support/question_desk.h"
#include "support/test_worker.h"

namespace sluice::gateway {

using Fields = std::vector<std::pair<std::string, std::string>>;

inline Fields fields_of(const http::HeaderMap& headers) {
  Fields fields;
  for (const http::Header& header : headers.all()) fields.emplace_back(header.name, header.value);
  return fields;
}

// The value of the first field of this name; nothing where there is none.
inline std::optional<std::string> value_of(const Fields& fields, std::string_view name) {
  for (const auto& [field, value] : fields) {
    if (http::iequals(field, name)) return value;
  }
  return std::nullopt;
}

// Loads a policy that must be valid.
inline policy::Policy load(const std::string& text) {
  config::LoadedPolicy loaded = config::load_policy(text, "policy.yaml");
  for (const config::Diagnostic& d : loaded.diagnostics.errors()) ADD_FAILURE() << config::to_line("policy.yaml", d);
  return loaded.policy.value_or(policy::Policy());
}

// A gateway stage as one worker uses it.
class TestGateway {
 public:
  static constexpr std::string_view kProduct = "sluice/test";
  static constexpr std::string_view kRequestId = "0123456789abcdef0123456789abcdef";
  static constexpr std::string_view kDate = "Tue, 14 Nov 2023 22:13:20 GMT";
  static constexpr Port kPort{9080};
  static constexpr Port kTlsPort{9443};

  // What the client sends, and how.
  struct Sent {
    std::string head;  // from the request line to the empty line
    std::string body;
    bool tls = false;
    std::string server_name;
  };

  // What the origin answers.
  struct OriginAnswer {
    uint16_t status = 200;
    Fields headers;
    std::string body;
    bool for_head = false;  // the exchange has found no body, whatever the fields say
  };

  // What came of a request: an answer, and what the origin saw.
  struct Outcome {
    uint16_t status = 0;
    Fields headers;
    std::string body;  // of local answers, and of the origin's where a plugin asked for it
    bool proxied = false;
    std::string method;
    std::string target;
    std::string host;  // empty: the target's own
    Fields upstream_headers;
    std::string upstream_body;
    std::string route;    // name
    std::string service;  // name
    std::string matched_prefix;
    std::vector<std::pair<std::string, std::string>> captures;
  };

  explicit TestGateway(const std::string& policy_text) : policy_(load(policy_text)) {
    match::ScratchPlan plan;
    auto stage =
        Stage::compile(policy_, {.shared = shared_, .product = kProduct, .hash_key = {1, 2}, .scratch_plan = plan});
    if (stage) {
      stage_ = std::move(stage).value();
    } else {
      for (const CompileError& error : stage.error()) ADD_FAILURE() << error.where.line << ": " << error.message;
    }
    scratch_ = plan.make();
  }

  TrustedProxies trusted;
  IpAddress client = IpAddress::v4(0xC6120009);  // 198.18.0.9

  // Takes a request from its head to the answer. `failure`: no origin answers.
  Outcome serve(const Sent& sent, const OriginAnswer& answer, std::optional<OriginFailure> failure = {}) {
    Outcome outcome;
    Arena arena(worker.blocks);
    http::Request request(arena);
    if (const auto error = http::parse_request_head(sent.head, limits_, request)) {
      outcome.status = error->status;
      return outcome;
    }
    http::RequestContext http(worker.context, arena, request);
    http.request_id = kRequestId;
    http.started = worker.clock.now();
    http.scratch = scratch_.get();
    http.desks.introspections = &desk_;
    remove_hop_by_hop(request.headers);
    const Port port = sent.tls ? kTlsPort : kPort;
    http.client = resolve_client(trusted, request, {client, {40000}}, {IpAddress::v4(0xC6120001), port}, sent.tls);
    http.client.server_name = sent.server_name;
    Context context(http);
    bool local = stage_->route(context) == http::Verdict::kAnswer;
    note_route(context, outcome);
    local = local || access(context, sent.body) == http::Verdict::kAnswer;
    if (!local) {
      EXPECT_TRUE(stage_->prepare_upstream(context));
      note_upstream(context, outcome);
      outcome.upstream_body = http.body.state == http::WholeBody::State::kRead ? http.body.bytes : sent.body;
      if (failure) {
        if (*failure != OriginFailure::kNoPeer) context.proxied = worker.clock.now();
        stage_->answer_failure(context, *failure);
        local = true;
      }
    }
    if (local) {
      EXPECT_TRUE(stage_->finish_answer(context, kDate));
      outcome.status = http.answer.head.status;
      outcome.headers = fields_of(http.answer.head.headers);
      outcome.body = http.answer.body;
    } else {
      relay(context, answer, outcome);
    }
    return outcome;
  }

  Outcome serve(const Sent& sent) { return serve(sent, OriginAnswer()); }

  // A request of this method and target to gw.example.
  Outcome get(std::string_view target, const Fields& headers = {}) { return send("GET", target, headers); }
  Outcome send(std::string_view method, std::string_view target, const Fields& headers = {}) {
    return serve({.head = head_of(method, target, headers)});
  }
  // A POST with this body.
  Outcome post(std::string_view target, std::string_view type, const std::string& body, Fields headers = {}) {
    headers.emplace_back("Content-Type", type);
    headers.emplace_back("Content-Length", std::to_string(body.size()));
    return serve({.head = head_of("POST", target, headers), .body = body});
  }
  static std::string head_of(std::string_view method, std::string_view target, const Fields& headers) {
    std::string head = std::string(method) + " " + std::string(target) + " HTTP/1.1\r\n";
    if (!value_of(headers, "Host")) head += "Host: gw.example\r\n";
    for (const auto& [name, value] : headers) head += name + ": " + value + "\r\n";
    return head + "\r\n";
  }

  // What plugins have asked about tokens, and what control does about a question.
  const std::vector<IntrospectionQuestion>& asked() const { return desk_.questions; }
  std::function<Woken(const IntrospectionQuestion&)> control;
  Introspections& introspections() { return introspections_; }
  void fill_desk() { desk_.full = true; }

  const Stage& stage() const { return *stage_; }
  const policy::Policy& policy() const { return policy_; }
  match::Scratch& scratch() { return *scratch_; }

  test::TestWorker worker;

 private:
  // The plugins, with the body when one of them wants it, and with control's answer when one of them asks.
  http::Verdict access(Context& context, std::string_view body) {
    for (;;) {
      const http::Verdict verdict = stage_->access(context);
      if (verdict != http::Verdict::kWait) return verdict;
      if (context.http.body.state != http::WholeBody::State::kWanted) {
        context.chain.repeat(control(desk_.questions.back()));
        continue;
      }
      const bool fits = body.size() <= context.http.body.most_bytes;
      context.http.body.state = fits ? http::WholeBody::State::kRead : http::WholeBody::State::kNotRead;
      if (fits) context.http.body.bytes = context.http.arena.try_copy(body);
    }
  }

  static void note_route(const Context& context, Outcome& outcome) {
    if (context.route != nullptr) outcome.route = context.route->name.value_or("");
    if (context.service != nullptr) outcome.service = context.service->name.value_or("");
    outcome.matched_prefix = context.matched_prefix;
    for (const Capture& capture : context.captures) {
      outcome.captures.emplace_back(capture.name.empty() ? std::to_string(capture.number) : capture.name,
                                    capture.value);
    }
  }

  static void note_upstream(const Context& context, Outcome& outcome) {
    outcome.proxied = true;
    outcome.method = context.http.request.method;
    outcome.target = context.http.request.target;
    outcome.host = context.upstream.host;
    outcome.upstream_headers = fields_of(context.http.request.headers);
  }

  void relay(Context& context, const OriginAnswer& answer, Outcome& outcome) {
    context.proxied = worker.clock.now();
    worker.clock.advance(Duration::milliseconds(7));
    http::Response response(context.http.arena);
    response.status = answer.status;
    if (!answer.for_head) response.framing = {.kind = http::Framing::kLength, .length_bytes = answer.body.size()};
    for (const auto& [name, value] : answer.headers) EXPECT_TRUE(response.headers.add_copy(name, value));
    EXPECT_TRUE(stage_->on_response(context, response, kDate));
    outcome.status = response.status;
    outcome.headers = fields_of(response.headers);
    const AnswerBody& wanted = context.answer_body;
    if (wanted.dropped) return;
    outcome.body = wanted.most_bytes > 0 ? Stage::filter_body(context, context.http.arena.try_copy(answer.body))
                                         : std::string_view(answer.body);
  }

  policy::Policy policy_;
  policy::Limits limits_;
  RateBudgets budgets_{SipKey{3, 4}, 1024};
  cache::ResponseStore responses_{size_t{16} << 20, 1};
  Introspections introspections_{size_t{1} << 20};
  SharedState shared_{.rate_budgets = &budgets_, .responses = &responses_, .introspections = &introspections_};
  test::RecordingDesk<IntrospectionQuestion> desk_;
  std::unique_ptr<const Stage> stage_;
  std::unique_ptr<match::Scratch> scratch_;
};

}  // namespace sluice::gateway
