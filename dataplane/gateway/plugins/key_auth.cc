#include "gateway/plugins/key_auth.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/errors.h"
#include "gateway/plugins/argument_list.h"
#include "gateway/plugins/authentication.h"
#include "gateway/plugins/body_type.h"
#include "gateway/plugins/failures.h"
#include "gateway/plugins/header_name.h"
#include "gateway/plugins/json_object.h"
#include "gateway/plugins/made.h"
#include "gateway/plugins/multipart_body.h"
#include "gateway/plugins/query.h"

namespace sluice::gateway {

namespace {

constexpr std::string_view kNoKey = "No API key found in request";

// What was found under one name. An argument without a value is there, so that no other place is looked at, but is no
// key.
enum class Presence : uint8_t { kAbsent, kNoText, kOnce, kRepeated };

struct Search {
  Presence presence = Presence::kAbsent;
  std::string_view key;
};

Search search_headers(const http::HeaderMap& headers, const HeaderName& name) {
  const std::string_view spelling = name.in(headers);
  const size_t count = headers.count(spelling);
  if (count == 0) return {};
  if (count > 1) return {Presence::kRepeated, {}};
  return {Presence::kOnce, *headers.find(spelling)};
}

Search search_query(Arena& arena, std::string_view query, std::string_view name) {
  const ArgumentValues found = find_argument(arena, query, name);
  if (found.count > 1) return {Presence::kRepeated, {}};
  if (found.count == 0) return {};
  return found.first ? Search{Presence::kOnce, *found.first} : Search{Presence::kNoText, {}};
}

// A key in a JSON body is a string; a list or an object stands for several.
Search search_json(Arena& arena, std::string_view body, std::string_view name) {
  const JsonObject::Parsed parsed = JsonObject::parse(arena, body, 0);
  const auto value = parsed.fault == JsonObject::Fault::kNone ? parsed.object.find(name) : std::nullopt;
  if (!value) return {};
  if (value->starts_with('[') || value->starts_with('{')) return {Presence::kRepeated, {}};
  if (!value->starts_with('"')) return {};
  return {Presence::kOnce, from_json_string(arena, *value)};
}

Search search_multipart(Arena& arena, std::string_view content_type, std::string_view body, std::string_view name) {
  const std::optional<MultipartBody> form = MultipartBody::parse(arena, content_type, body, 0);
  const size_t count = form ? form->count(name) : 0;
  if (count > 1) return {Presence::kRepeated, {}};
  return count == 0 ? Search() : Search{Presence::kOnce, *form->find(name)};
}

Search search_body(Context& context, std::string_view name) {
  Arena& arena = context.http.arena;
  const http::HeaderMap& headers = context.http.request.headers;
  const std::string_view body = context.http.body.bytes;
  switch (leading_body_type(headers)) {
    case BodyType::kJson:
      return search_json(arena, body, name);
    case BodyType::kForm:
      return search_query(arena, body, name);
    case BodyType::kMultipart:
      return search_multipart(arena, *headers.find("Content-Type"), body, name);
    case BodyType::kOther:
      return {};
  }
  return {};
}

// The body without what has this name; itself where it is not of a kind that can be edited. data() == nullptr: out of
// memory.
std::string_view body_without(Context& context, std::string_view name) {
  Arena& arena = context.http.arena;
  const http::HeaderMap& headers = context.http.request.headers;
  const std::string_view body = context.http.body.bytes;
  if (body.empty()) return "";
  switch (leading_body_type(headers)) {
    case BodyType::kJson: {
      JsonObject::Parsed parsed = JsonObject::parse(arena, body, 0);
      if (parsed.fault != JsonObject::Fault::kNone) return body;
      parsed.object.remove(name);
      return parsed.object.encode();
    }
    case BodyType::kForm: {
      std::optional<ArgumentList> list = ArgumentList::parse(arena, body, 0);
      if (!list) return {};
      list->remove(name);
      return list->encode();
    }
    case BodyType::kMultipart: {
      std::optional<MultipartBody> form = MultipartBody::parse(arena, *headers.find("Content-Type"), body, 0);
      if (!form) return body;
      form->remove(name);
      return form->encode();
    }
    case BodyType::kOther:
      return body;
  }
  return body;
}

class KeyAuth final : public Plugin {
 public:
  KeyAuth(const policy::KeyAuthConfig& config, const PluginEnvironment& environment)
      : config_(config),
        consumers_(environment.consumers),
        gate_(config.anonymous, config.run_on_preflight, environment.consumers),
        challenge_(config.realm ? "Key realm=\"" + *config.realm + "\"" : "Key") {
    for (const std::string& name : config.key_names) names_.emplace_back(name);
  }

  size_t reads_body(const Context& context) const override {
    const bool wanted = config_.key_in_body && !gate_.lets_pass(context);
    return wanted && leading_body_type(context.http.request.headers) != BodyType::kOther ? kMostBodyBytes : 0;
  }

  http::Verdict access(Context& context) const override {
    if (gate_.lets_pass(context)) return http::Verdict::kContinue;
    const Finding finding = identify(context);
    if (finding.name != nullptr && config_.hide_credentials && !hide(context, *finding.name)) {
      return answer_unexpected(context);
    }
    if (finding.credential != nullptr) {
      const KeyCredential& credential = *finding.credential;
      return authenticate(context, *credential.consumer, credential.id, credential.id);
    }
    if (gate_.has_anonymous()) return gate_.admit_anonymous(context);
    return refuse(context, finding.refusal);
  }

 private:
  struct Finding {
    const KeyCredential* credential = nullptr;  // nullptr: refused
    std::string_view refusal;
    const HeaderName* name = nullptr;  // where a key was found, good or not
  };

  // Names in their order, each in the header first: the first key found decides, whether it is good or not.
  Finding identify(Context& context) const {
    for (const HeaderName& name : names_) {
      const Search found = search(context, name);
      if (found.presence == Presence::kRepeated) return {nullptr, "Duplicate API key found"};
      if (found.presence != Presence::kOnce) continue;
      if (found.key.empty()) return {nullptr, kNoKey, &name};
      return {consumers_.find_key(found.key), "Unauthorized", &name};
    }
    return {nullptr, kNoKey};
  }

  Search search(Context& context, const HeaderName& name) const {
    Search found;
    if (config_.key_in_header) found = search_headers(context.http.request.headers, name);
    if (found.presence == Presence::kAbsent && config_.key_in_query) {
      found = search_query(context.http.arena, context.upstream.query, name.text());
    }
    if (found.presence == Presence::kAbsent && config_.key_in_body) found = search_body(context, name.text());
    return found;
  }

  // Out of all places. False: out of memory.
  [[nodiscard]] bool hide(Context& context, const HeaderName& name) const {
    http::HeaderMap& headers = context.http.request.headers;
    headers.remove(name.in(headers));
    if (config_.key_in_body && context.http.body.state == http::WholeBody::State::kRead) {
      context.http.body.bytes = body_without(context, name.text());
      if (context.http.body.bytes.data() == nullptr) return false;
    }
    if (context.upstream.query.empty()) return true;
    const std::string_view rest = remove_argument(context.http.arena, context.upstream.query, name.text());
    context.upstream.query = rest;
    context.upstream.has_query = !rest.empty();
    return rest.data() != nullptr;
  }

  http::Verdict refuse(Context& context, std::string_view message) const {
    context.http.worker.count(Counter::kGatewayUnauthenticated);
    if (!context.http.answer.head.headers.set("WWW-Authenticate", challenge_)) return answer_unexpected(context);
    return answer_error(context.http, 401, message);
  }

  const policy::KeyAuthConfig& config_;
  const Consumers& consumers_;
  const AuthenticationGate gate_;
  const std::string challenge_;
  std::vector<HeaderName> names_;
};

}  // namespace

MadePlugin make_plugin(const policy::KeyAuthConfig& config, const PluginEnvironment& environment) {
  return made<KeyAuth>(config, environment);
}

}  // namespace sluice::gateway
