#include "edge/stage.h"

#include <algorithm>
#include <utility>

#include "edge/answers.h"
#include "http/url.h"
#include "token/base64url.h"
#include "token/jwks.h"

namespace sluice::edge {
namespace {

// The secret's bytes: as written, or what they stand for.
token::Key::Made key_of_secret(const policy::EdgeKey& from) {
  const std::string_view text = from.secret.reveal();
  if (!from.secret_is_base64) return token::Key::from_secret(text, *from.algorithm);
  std::vector<std::byte> bytes(token::base64_room(text.size()));
  const auto size = token::decode_base64(text, token::Base64::kLaxEither, bytes);
  if (!size) return std::string("the secret is not base64");
  return token::Key::from_secret({reinterpret_cast<const char*>(bytes.data()), *size}, *from.algorithm);
}

}  // namespace

Result<std::unique_ptr<const Stage>, std::vector<CompileError>> Stage::compile(const policy::Edge& edge) {
  std::vector<CompileError> errors;
  std::unique_ptr<Stage> stage(new Stage());
  for (const policy::SchemaHeader& header : edge.schema.headers) {
    if (header.written_by == policy::Stage::kEdge) stage->edge_only_.add(header.name);
    if (!header.to_origin) stage->not_to_origin_.add(header.name);
  }
  for (const policy::EdgeRule& rule : edge.rules) {
    for (const std::string& name : rule.strip) stage->stripped_.add(name);
  }
  for (const policy::EdgeKey& key : edge.keys) stage->compile_key(key, errors);
  stage->rules_.reserve(edge.rules.size());
  for (const policy::EdgeRule& rule : edge.rules) stage->rules_.emplace_back(rule, edge.schema, stage->keys_, errors);
  std::vector<RuleIndex::Keys> keys;
  for (const Rule& rule : stage->rules_) keys.push_back(rule.keys());
  stage->index_ = RuleIndex(keys);
  stage->reads_path_ =
      std::any_of(stage->rules_.begin(), stage->rules_.end(), [](const Rule& r) { return r.reads_path(); });
  if (!errors.empty()) return errors;
  return std::unique_ptr<const Stage>(std::move(stage));
}

void Stage::compile_key(const policy::EdgeKey& from, std::vector<CompileError>& errors) {
  Complainer complainer(errors, from.where, "edge key '" + from.id + "'");
  if (from.jwks_file) {
    auto jwks = token::parse_jwks(from.jwks);
    if (!jwks) return complainer.field("jwks_file", jwks.error());
    for (token::NamedKey& key : jwks->keys) keys_.push_back({from.id, std::move(key)});
    return;
  }
  auto key = from.public_key ? token::Key::from_pem(*from.public_key, *from.algorithm) : key_of_secret(from);
  if (!key) return complainer.field(from.public_key ? "public_key" : "secret", key.error());
  keys_.push_back({from.id, {from.id, token::KidRule::kHint, std::move(key).value()}});
}

http::Verdict Stage::on_client_request(Context& context) const {
  strip(context.http, edge_only_);
  if (rules_.empty()) return http::Verdict::kContinue;
  http::Verdict verdict = reads_path_ ? normalise(context) : http::Verdict::kContinue;
  if (verdict == http::Verdict::kContinue) verdict = apply_rules(context);
  context.token = nullptr;
  return verdict;
}

http::Verdict Stage::apply_rules(Context& context) const {
  auto selection = index_.select(context);
  for (size_t i = 0; selection; ++i) {
    i = selection->next(i);
    if (i == rules_.size()) return http::Verdict::kContinue;
    const Rule& rule = rules_[i];
    Groups groups;
    const match::Outcome fit = rule.fit(context, groups).outcome;
    if (fit == match::Outcome::kNone) continue;
    if (fit == match::Outcome::kGivenUp) return refuse_for_match(context, "edge.match");
    const http::Verdict verdict = rule.apply(context, groups);
    if (verdict != http::Verdict::kContinue) return verdict;
    if (rule.moves_the_request()) selection = index_.select(context);
  }
  return refuse_for_memory(context, "edge.select");
}

// Rules see the path that the gateway routes by: one that is written in another way must not get past a rule.
http::Verdict Stage::normalise(Context& context) {
  const http::Request& request = context.http.request;
  if (http::check_path(request.path) != http::PathFault::kGood) {
    return refuse(context, {Counter::kEdgePathRefused, Side::kClient, "edge.path"}, 400, "Bad request");
  }
  context.path = http::normalise_path(context.http.arena, request.path);
  return context.path.data() == nullptr ? refuse_for_memory(context, "edge.path") : http::Verdict::kContinue;
}

void Stage::on_origin_request(http::Request& request) const {
  if (not_to_origin_.empty()) return;
  request.headers.remove_if([&](const http::Header& header) { return not_to_origin_.contains(header.name); });
}

bool Stage::on_client_response(Context& context, http::Response& response) const {
  for (const PendingResponseHeaders* p = context.first_pending; p != nullptr; p = p->next) {
    for (const std::string& name : p->headers->remove) response.headers.remove(name);
    for (const policy::NamedValue& header : p->headers->set) {
      if (!response.headers.set(header.name, header.value)) return false;
    }
  }
  return true;
}

}  // namespace sluice::edge
