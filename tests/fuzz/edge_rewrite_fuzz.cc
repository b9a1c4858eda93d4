// Edge rules over hostile requests: whatever a client sends, the path, query and headers that come out can be written.
//
// The input: target, then header values, one a line.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "edge/stage.h"
#include "http/url.h"
#include "match/scratch.h"
#include "support/test_worker.h"
#include "token/verified_memory.h"

namespace {

using namespace sluice;

void check(bool holds) {
  if (!holds) std::abort();
}

bool is_printable(std::string_view text) {
  for (const char c : text) {
    if (static_cast<uint8_t>(c) <= 0x20 || c == 0x7f) return false;
  }
  return true;
}

bool is_field_value(std::string_view text) {
  for (const char c : text) {
    if ((static_cast<uint8_t>(c) < 0x20 && c != '\t') || c == 0x7f) return false;
  }
  return true;
}

policy::Edge make_policy() {
  policy::Edge edge;
  edge.schema.headers.push_back({.name = "X-User"});
  edge.schema.headers.push_back({.name = "X-Path"});
  edge.keys.push_back({.id = "k", .algorithm = policy::JwsAlgorithm::kHs256, .secret = policy::Secret("secret")});
  const auto add = [&](std::string name) -> policy::EdgeRule& {
    policy::EdgeRule& rule = edge.rules.emplace_back();
    rule.name = std::move(name);
    return rule;
  };
  policy::EdgeRule& verify = add("verify");
  verify.match.headers = {{.name = "Authorization"}};
  verify.verify.emplace().required = false;
  verify.enrich.emplace_back().header = "X-User";
  verify.enrich.back().from = policy::EnrichFrom::kClaim;
  verify.enrich.back().claim = "sub";
  policy::EdgeRule& prefix = add("prefix");
  prefix.rewrite.emplace().path_prefix = policy::PrefixRewrite{"/a/", "/"};
  prefix.rewrite->query = policy::QueryRewrite{.remove = {"r"}, .set = {{"s", "1"}}, .add = {{"a", "&="}}};
  policy::EdgeRule& regex = add("regex");
  regex.rewrite.emplace().path_regex = policy::RegexRewrite{"/(\\.*)x(.*?)y(.*)", "/$3$1/$2"};
  regex.enrich.emplace_back().header = "X-Path";
  regex.enrich.back().from = policy::EnrichFrom::kPath;
  policy::EdgeRule& redirect = add("redirect");
  redirect.match.path_regex = "/go/(.*)";
  redirect.redirect.emplace().location = "https://new.example/$1";
  redirect.redirect->keep_query = true;
  return edge;
}

// What the HTTP parser lets through (h1_parser.h): the rest never reaches the edge.
bool could_arrive(const http::Request& request) {
  return request.path.starts_with('/') && is_printable(request.target) && request.target.find('#') == std::string::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static test::TestWorker worker;
  static const policy::Edge policy = make_policy();
  static const std::unique_ptr<const edge::Stage> stage = edge::Stage::compile(policy).value();
  static const std::unique_ptr<match::Scratch> scratch = match::ScratchPlan().make();
  static token::VerifiedMemory memory(worker.context, {.tokens = 64});
  Arena arena(worker.blocks);
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto line = [&] {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view first = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return first;
  };

  http::Request request(arena);
  request.method = "GET";
  request.target = line();
  const size_t mark = request.target.find('?');
  request.path = request.target.substr(0, mark);
  request.has_query = mark != std::string_view::npos;
  if (request.has_query) request.query = request.target.substr(mark + 1);
  request.authority = "shop.example";
  if (!could_arrive(request)) return 0;
  for (const std::string_view name : {"Authorization", "X-User", "X_User"}) {
    const std::string_view value = line();
    if (is_field_value(value) && !request.headers.add(name, value)) return 0;
  }

  http::RequestContext http(worker.context, arena, request);
  http.scratch = scratch.get();
  http.verified_tokens = &memory;
  edge::Context context(http);
  const http::Verdict verdict = stage->on_client_request(context);

  if (verdict == http::Verdict::kContinue) {
    check(request.path.starts_with('/') && is_printable(request.path));
    check(http::check_path(request.path) == http::PathFault::kGood);
    check(is_printable(request.query));
    check(request.has_query);
  } else {
    check(verdict == http::Verdict::kAnswer && http.answer.head.status != 0);
    for (const http::Header& header : http.answer.head.headers.all()) check(is_field_value(header.value));
  }
  // The client's own never gets through. One seed has a good token of joe's; nobody can make another.
  check(request.headers.find("X-User").value_or("joe") == "joe" && !request.headers.contains("X_User"));
  if (const auto path = request.headers.find("X-Path")) check(is_printable(*path));
  return 0;
}
