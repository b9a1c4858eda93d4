#include "gateway/plugins/request_transformer.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include "gateway/plugins/argument_list.h"
#include "gateway/plugins/body_edits.h"
#include "gateway/plugins/edit_rules.h"
#include "gateway/plugins/failures.h"
#include "gateway/templates.h"
#include "gateway/text.h"
#include "http/url.h"

namespace sluice::gateway {

namespace {

using policy::ColonPair;

constexpr std::string_view kHost = "host";

bool is_control(char c) {
  const auto byte = static_cast<uint8_t>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

// A value that may stand in a header: control characters, which a template can bring in from a query, are
// percent-encoded, as in Kong. data() == nullptr: no room.
std::string_view header_value(Arena& arena, std::string_view text) {
  const auto controls = static_cast<size_t>(std::ranges::count_if(text, is_control));
  if (controls == 0 || text.data() == nullptr) return text;
  const std::span<char> room = arena.try_array<char>(text.size() + 2 * controls);
  if (room.empty()) return {};
  constexpr std::string_view kHexDigits = "0123456789ABCDEF";
  char* end = room.data();
  for (char c : text) {
    if (!is_control(c)) {
      *end++ = c;
      continue;
    }
    *end++ = '%';
    *end++ = kHexDigits[static_cast<uint8_t>(c) >> 4];
    *end++ = kHexDigits[static_cast<uint8_t>(c) & 15];
  }
  return {room.data(), end};
}

// As in Kong, "x_tenant" also means X-Tenant where it is asked whether a header is there.
bool is_there(const http::HeaderMap& headers, std::string_view name) {
  if (headers.contains(name)) return true;
  const auto same = [](char sent, char configured) {
    return http::iequals({&sent, 1}, {configured == '_' ? "-" : &configured, 1});
  };
  return std::ranges::any_of(headers.all(),
                             [&](const http::Header& header) { return std::ranges::equal(header.name, name, same); });
}

// Methods whose arguments stand in the query: a form's are moved there.
bool takes_arguments_in_query(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "TRACE";
}

class RequestTransformer final : public Plugin {
 public:
  explicit RequestTransformer(const policy::RequestTransformerConfig& config) : config_(config) {}

  // False: `error` names the template that cannot be had.
  bool compile(std::string& error) {
    const auto& remove = config_.remove;
    const auto& rename = config_.rename;
    const auto& replace = config_.replace;
    const auto& add = config_.add;
    const auto& append = config_.append;
    if (replace.uri) {
      Result<Template, std::string> uri = Template::compile(*replace.uri);
      if (!uri) {
        error = "replace.uri: " + uri.error();
        return false;
      }
      uri_ = std::move(uri).value();
    }
    const bool compiled =
        headers_.compile({remove.headers, rename.headers, replace.headers, add.headers, append.headers}, error) &&
        arguments_.compile(
            {remove.querystring, rename.querystring, replace.querystring, add.querystring, append.querystring},
            error) &&
        body_.compile({remove.body, rename.body, replace.body, add.body, append.body}, error);
    reads_headers_ = (uri_ && uri_->reads_headers()) || headers_.reads_headers();
    reads_query_first_ = uri_ && uri_->reads_query();
    moves_form_ = config_.http_method && takes_arguments_in_query(*config_.http_method);
    return compiled;
  }

  size_t reads_body(const Context& context) const override {
    const BodyType type = body_type(context.http.request.headers);
    const bool edits = !body_.empty() && (type != BodyType::kOther || sets_content_type());
    return edits || (moves_form_ && type == BodyType::kForm) ? kMostBodyBytes : 0;
  }

  http::Verdict access(Context& context) const override {
    const std::optional<std::span<const http::Header>> original = original_headers(context);
    if (!original) return answer_unexpected(context);
    TemplateInputs inputs{context.http.arena, *original, context.upstream.query, context.captures};
    bool done = edit_path(context, inputs) && edit_method(context);
    // A reading that no template of the path needed comes after the form's arguments have moved, or after the headers'
    // edits.
    if (!reads_query_first_) inputs.query = context.upstream.query;
    done = done && edit_headers(context, inputs);
    if (!reads_headers_) inputs.headers = context.http.request.headers.all();
    done = done && edit_body(context, inputs) && edit_query(context, inputs);
    return continue_if(done, context);
  }

 private:
  // As in Kong, whose templates read the headers, and the query, when the first of them asks, and keep what they read:
  // a copy from before the edits, where templates of the path or of headers ask. Nothing: out of memory.
  std::optional<std::span<const http::Header>> original_headers(Context& context) const {
    if (!reads_headers_) return std::span<const http::Header>();
    const std::span<const http::Header> now = context.http.request.headers.all();
    const std::span<http::Header> copy = context.http.arena.try_array<http::Header>(now.size());
    if (copy.size() != now.size()) return std::nullopt;
    std::ranges::copy(now, copy.begin());
    return copy;
  }

  // False: out of memory, or not a path.
  [[nodiscard]] bool edit_path(Context& context, const TemplateInputs& inputs) const {
    if (!uri_) return true;
    const std::string_view path = uri_->render(inputs);
    if (!path.starts_with('/')) return false;
    context.upstream.path = http::escape_path(context.http.arena, path);
    return context.upstream.path.data() != nullptr;
  }

  [[nodiscard]] bool edit_method(Context& context) const {
    if (!config_.http_method) return true;
    context.upstream.method = *config_.http_method;
    const http::WholeBody& body = context.http.body;
    const bool moves = moves_form_ && body.state == http::WholeBody::State::kRead && !body.bytes.empty() &&
                       body_type(context.http.request.headers) == BodyType::kForm;
    return !moves || add_to_query(context, body.bytes);
  }

  // The form's arguments behind those that are there. False: out of memory.
  [[nodiscard]] static bool add_to_query(Context& context, std::string_view form) {
    const std::string_view both =
        context.upstream.query.empty() ? form : concat(context.http.arena, {context.upstream.query, "&", form});
    const std::optional<ArgumentList> list = ArgumentList::parse(context.http.arena, both, 0);
    return list && set_query(context, list->encode());
  }

  [[nodiscard]] static bool set_query(Context& context, std::string_view query) {
    context.upstream.query = query;
    context.upstream.has_query = !query.empty();
    return query.data() != nullptr;
  }

  [[nodiscard]] bool edit_headers(Context& context, const TemplateInputs& inputs) const {
    http::HeaderMap& headers = context.http.request.headers;
    for (std::string_view name : headers_.remove) {
      if (!is_host(name)) headers.remove(name);
    }
    for (const ColonPair& pair : config_.rename.headers) rename(context, pair);
    for (const TemplatePair& pair : headers_.replace) {
      if (!replace(context, pair, inputs)) return false;
    }
    for (const TemplatePair& pair : headers_.add) {
      if (is_host(pair.name) || is_there(headers, pair.name)) continue;
      if (!add(headers, pair, inputs)) return false;
    }
    return std::ranges::all_of(
        headers_.append, [&](const TemplatePair& pair) { return is_host(pair.name) || add(headers, pair, inputs); });
  }

  bool sets_content_type() const {
    const auto is_type = [](std::string_view name) { return http::iequals(name, "Content-Type"); };
    return std::ranges::any_of(config_.rename.headers, is_type, &ColonPair::value) ||
           std::ranges::any_of(headers_.replace, is_type, &TemplatePair::name) ||
           std::ranges::any_of(headers_.add, is_type, &TemplatePair::name);
  }

  // What cannot be edited passes as it is, counted. False: out of memory.
  [[nodiscard]] bool edit_body(Context& context, const TemplateInputs& inputs) const {
    http::WholeBody& body = context.http.body;
    if (body_.empty() || body.state != http::WholeBody::State::kRead) return true;
    const http::HeaderMap& headers = context.http.request.headers;
    const EditedBody edited =
        gateway::edit_body({body_type(headers), headers.find("Content-Type").value_or(""), body.bytes}, body_, inputs);
    switch (edited.outcome) {
      case EditedBody::Outcome::kEdited:
        body.bytes = edited.bytes;
        return true;
      case EditedBody::Outcome::kUnchanged:
        return true;
      case EditedBody::Outcome::kMalformed:
        context.http.worker.count(Counter::kGatewayBodyMalformed);
        return true;
      case EditedBody::Outcome::kNoMemory:
        return false;
    }
    return false;
  }

  static bool is_host(std::string_view name) { return http::iequals(name, kHost); }

  // All values of the old name take the place of those of the new one, a header's name and so no template.
  static void rename(Context& context, const ColonPair& pair) {
    http::HeaderMap& headers = context.http.request.headers;
    const std::optional<std::string_view> first = headers.find(pair.name);
    if (!first || is_host(pair.name) || pair.value.empty()) return;
    if (is_host(pair.value)) {
      context.upstream.host = *first;
      headers.remove(pair.name);
      return;
    }
    if (!http::iequals(pair.name, pair.value)) headers.remove(pair.value);
    for (http::Header& header : headers.all()) {
      if (http::iequals(header.name, pair.name)) header.name = pair.value;
    }
  }

  [[nodiscard]] static bool replace(Context& context, const TemplatePair& pair, const TemplateInputs& inputs) {
    http::HeaderMap& headers = context.http.request.headers;
    const bool host = is_host(pair.name);
    if (!host && !is_there(headers, pair.name)) return true;
    const std::string_view value = header_value(inputs.arena, pair.value.render(inputs));
    if (value.data() == nullptr) return false;
    if (!host) return headers.set(pair.name, value);
    context.upstream.host = value;
    return true;
  }

  [[nodiscard]] static bool add(http::HeaderMap& headers, const TemplatePair& pair, const TemplateInputs& inputs) {
    const std::string_view value = header_value(inputs.arena, pair.value.render(inputs));
    return value.data() != nullptr && headers.add(pair.name, value);
  }

  [[nodiscard]] bool edit_query(Context& context, const TemplateInputs& inputs) const {
    if (arguments_.empty()) return true;
    std::optional<ArgumentList> list = ArgumentList::parse(inputs.arena, inputs.query, arguments_.additions());
    return list && edit_arguments(*list, arguments_, inputs) != Edits::kNoMemory && set_query(context, list->encode());
  }

  const policy::RequestTransformerConfig& config_;
  bool reads_headers_ = false;      // templates of the path or of headers do
  bool reads_query_first_ = false;  // the path's template does
  bool moves_form_ = false;         // a form's arguments go into the query
  std::optional<Template> uri_;
  EditRules headers_;
  EditRules arguments_;
  EditRules body_;
};

}  // namespace

MadePlugin make_plugin(const policy::RequestTransformerConfig& config, const PluginEnvironment&) {
  auto plugin = std::make_unique<RequestTransformer>(config);
  std::string error;
  if (!plugin->compile(error)) return error;
  return std::unique_ptr<const Plugin>(std::move(plugin));
}

}  // namespace sluice::gateway
