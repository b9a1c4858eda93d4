#include "gateway/plugins/request_transformer.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/plugins/argument_list.h"
#include "gateway/plugins/failures.h"
#include "gateway/templates.h"
#include "http/url.h"

namespace sluice::gateway {

namespace {

using policy::ColonPair;

constexpr std::string_view kHost = "host";

// "name:template", compiled.
struct TemplatePair {
  std::string_view name;  // of the policy
  Template value;
};

// The pairs of one list, e.g. add.headers. Those without a value do nothing, as in Kong.
using TemplatePairs = std::vector<TemplatePair>;

// False: `error` says what is wrong.
bool compile_into(TemplatePairs& out, const std::vector<ColonPair>& pairs, std::string& error) {
  for (const ColonPair& pair : pairs) {
    if (pair.value.empty()) continue;
    Result<Template, std::string> value = Template::compile(pair.value);
    if (!value) {
      error = pair.name + ": " + value.error();
      return false;
    }
    out.push_back({pair.name, std::move(value).value()});
  }
  return true;
}

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

std::string_view name_of(const std::string& entry) {
  return std::string_view(entry).substr(0, entry.find(':'));
}

class RequestTransformer final : public Plugin {
 public:
  explicit RequestTransformer(const policy::RequestTransformerConfig& config) : config_(config) {}

  // False: `error` names the template that cannot be had.
  bool compile(std::string& error) {
    if (config_.replace.uri) {
      Result<Template, std::string> uri = Template::compile(*config_.replace.uri);
      if (!uri) {
        error = "replace.uri: " + uri.error();
        return false;
      }
      uri_ = std::move(uri).value();
    }
    const bool compiled = compile_into(replace_headers_, config_.replace.headers, error) &&
                          compile_into(add_headers_, config_.add.headers, error) &&
                          compile_into(append_headers_, config_.append.headers, error) &&
                          compile_into(replace_arguments_, config_.replace.querystring, error) &&
                          compile_into(add_arguments_, config_.add.querystring, error) &&
                          compile_into(append_arguments_, config_.append.querystring, error);
    reads_headers_ = uri_ && uri_->reads_headers();
    for (const TemplatePairs* pairs : {&replace_headers_, &add_headers_, &append_headers_, &replace_arguments_,
                                       &add_arguments_, &append_arguments_}) {
      reads_headers_ |=
          std::ranges::any_of(*pairs, [](const TemplatePair& pair) { return pair.value.reads_headers(); });
    }
    return compiled;
  }

  http::Verdict access(Context& context) const override {
    const std::optional<std::span<const http::Header>> original = original_headers(context);
    if (!original) return answer_unexpected(context);
    const TemplateInputs inputs{context.http.arena, *original, context.upstream.query, context.captures,
                                context.matched_prefix};
    const bool done = edit_path(context, inputs) && edit_headers(context, inputs) && edit_query(context, inputs);
    if (config_.http_method) context.upstream.method = *config_.http_method;
    return continue_if(done, context);
  }

 private:
  // Templates see the headers as they were before the first edit: a copy, where there are such templates. Nothing: out
  // of memory.
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

  [[nodiscard]] bool edit_headers(Context& context, const TemplateInputs& inputs) const {
    http::HeaderMap& headers = context.http.request.headers;
    for (const std::string& entry : config_.remove.headers) {
      if (!is_host(name_of(entry))) headers.remove(name_of(entry));
    }
    for (const ColonPair& pair : config_.rename.headers) {
      if (!rename(context, pair)) return false;
    }
    for (const TemplatePair& pair : replace_headers_) {
      if (!replace(context, pair, inputs)) return false;
    }
    for (const TemplatePair& pair : add_headers_) {
      if (is_host(pair.name) || headers.contains(pair.name)) continue;
      if (!add(headers, pair, inputs)) return false;
    }
    return std::ranges::all_of(
        append_headers_, [&](const TemplatePair& pair) { return is_host(pair.name) || add(headers, pair, inputs); });
  }

  static bool is_host(std::string_view name) { return http::iequals(name, kHost); }

  // All values of the old name take the place of those of the new one.
  [[nodiscard]] static bool rename(Context& context, const ColonPair& pair) {
    http::HeaderMap& headers = context.http.request.headers;
    const std::optional<std::string_view> first = headers.find(pair.name);
    if (!first || is_host(pair.name) || pair.value.empty()) return true;
    if (is_host(pair.value)) {
      context.upstream.host = *first;
      headers.remove(pair.name);
      return true;
    }
    if (!http::iequals(pair.name, pair.value)) headers.remove(pair.value);
    for (http::Header& header : headers.all()) {
      if (http::iequals(header.name, pair.name)) header.name = pair.value;
    }
    return true;
  }

  [[nodiscard]] static bool replace(Context& context, const TemplatePair& pair, const TemplateInputs& inputs) {
    http::HeaderMap& headers = context.http.request.headers;
    const bool host = is_host(pair.name);
    if (!host && !headers.contains(pair.name)) return true;
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

  bool has_query_edits() const {
    return !config_.remove.querystring.empty() || !config_.rename.querystring.empty() || !replace_arguments_.empty() ||
           !add_arguments_.empty() || !append_arguments_.empty();
  }

  [[nodiscard]] bool edit_query(Context& context, const TemplateInputs& inputs) const {
    if (!has_query_edits()) return true;
    const size_t room_for = replace_arguments_.size() + add_arguments_.size() + append_arguments_.size();
    std::optional<ArgumentList> list = ArgumentList::parse(inputs.arena, inputs.query, room_for);
    if (!list || !edit(*list, inputs)) return false;
    const std::string_view query = list->encode();
    context.upstream.query = query;
    context.upstream.has_query = !query.empty();
    return query.data() != nullptr;
  }

  [[nodiscard]] bool edit(ArgumentList& list, const TemplateInputs& inputs) const {
    for (const std::string& entry : config_.remove.querystring) list.remove(name_of(entry));
    for (const ColonPair& pair : config_.rename.querystring) list.rename(pair.name, pair.value);
    for (const TemplatePair& pair : replace_arguments_) {
      if (!list.contains(pair.name)) continue;
      list.remove(pair.name);
      if (!render_into(list, &ArgumentList::add, pair, inputs)) return false;
    }
    for (const TemplatePair& pair : add_arguments_) {
      if (!list.contains(pair.name) && !render_into(list, &ArgumentList::add, pair, inputs)) return false;
    }
    return std::ranges::all_of(append_arguments_, [&](const TemplatePair& pair) {
      return render_into(list, &ArgumentList::append, pair, inputs);
    });
  }

  [[nodiscard]] static bool render_into(ArgumentList& list,
                                        void (ArgumentList::*put)(std::string_view, std::string_view),
                                        const TemplatePair& pair, const TemplateInputs& inputs) {
    const std::string_view value = pair.value.render(inputs);
    if (value.data() == nullptr) return false;
    (list.*put)(pair.name, value);
    return true;
  }

  const policy::RequestTransformerConfig& config_;
  bool reads_headers_ = false;
  std::optional<Template> uri_;
  TemplatePairs replace_headers_, add_headers_, append_headers_;
  TemplatePairs replace_arguments_, add_arguments_, append_arguments_;
};

}  // namespace

MadePlugin make_plugin(const policy::RequestTransformerConfig& config, const PluginEnvironment&) {
  auto plugin = std::make_unique<RequestTransformer>(config);
  std::string error;
  if (!plugin->compile(error)) return error;
  return std::unique_ptr<const Plugin>(std::move(plugin));
}

}  // namespace sluice::gateway
