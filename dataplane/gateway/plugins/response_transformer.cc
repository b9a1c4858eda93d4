#include "gateway/plugins/response_transformer.h"

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/plugins/failures.h"
#include "gateway/plugins/json_edits.h"
#include "gateway/plugins/made.h"
#include "gateway/plugins/plugin_notes.h"
#include "http/characters.h"

namespace sluice::gateway {

namespace {

using policy::ColonPair;
using Original = std::span<const http::Header>;

bool has(Original original, std::string_view name) {
  return std::ranges::any_of(original, [name](const http::Header& h) { return http::iequals(h.name, name); });
}

// application/json or application/…+json, whatever its parameters.
bool is_json_type(std::string_view content_type) {
  constexpr std::string_view kApplication = "application/";
  const std::string_view type = http::trim(content_type.substr(0, content_type.find(';')));
  if (type.size() <= kApplication.size() || !http::iequals(type.substr(0, kApplication.size()), kApplication)) {
    return false;
  }
  const std::string_view subtype = type.substr(kApplication.size());
  constexpr std::string_view kSuffix = "+json";
  return http::iequals(subtype, "json") ||
         (subtype.size() > kSuffix.size() && http::iequals(subtype.substr(subtype.size() - kSuffix.size()), kSuffix));
}

// Or a list with such a type in it, as Kong takes it.
bool is_json(const http::HeaderMap& headers) {
  std::string_view rest = headers.find("Content-Type").value_or("");
  while (!rest.empty()) {
    const std::string_view type = rest.substr(0, rest.find(','));
    if (is_json_type(type)) return true;
    rest.remove_prefix(std::min(type.size() + 1, rest.size()));
  }
  return false;
}

class ResponseTransformer final : public Plugin {
 public:
  explicit ResponseTransformer(const policy::ResponseTransformerConfig& config) : config_(config), json_(config) {
    // "name:value" removes the header whatever its value, as Kong does.
    for (const std::string& entry : config.remove.headers) {
      remove_.push_back(std::string_view(entry).substr(0, entry.find(':')));
    }
  }

  void header_filter(Context& context, http::Response& response) const override {
    const std::span<const http::Header> now = response.headers.all();
    const std::span<http::Header> copy = context.http.arena.try_array<http::Header>(now.size());
    std::ranges::copy(now.first(copy.size()), copy.begin());
    const bool was_json = !json_.empty() && is_json(response.headers);
    note_edit(context, copy.size() == now.size() && edit(response.headers, copy));
    const bool edits_body = !json_.empty() && is_json(response.headers);
    if (was_json || edits_body) hide_length(response);
    if (edits_body) ask_for_body(context);
  }

  std::string_view body_filter(Context& context, std::string_view body) const override {
    const bool asked = find_note<BodyNote>(context, *this) != nullptr;
    return asked && !body.empty() ? json_.edit(context, body) : body;
  }

 private:
  // Left by header_filter where the body is to be edited.
  struct BodyNote {};

  // How long the body will be is not known when the head goes out, and as in Kong it is not told.
  static void hide_length(http::Response& response) {
    response.headers.remove("Content-Length");
    if (response.framing.kind != http::Framing::kNone) response.framing = {.kind = http::Framing::kChunked};
  }

  void ask_for_body(Context& context) const {
    context.answer_body.most_bytes = kMostBodyBytes;
    note_edit(context, keep_note(context, *this, BodyNote()));
  }

  // False: out of memory, with some edits done.
  [[nodiscard]] bool edit(http::HeaderMap& headers, Original original) const {
    for (std::string_view name : remove_) headers.remove(name);
    for (const ColonPair& pair : config_.rename.headers) {
      if (!rename(headers, original, pair)) return false;
    }
    for (const ColonPair& pair : config_.replace.headers) {
      if (has(original, pair.name) && !pair.value.empty() && !headers.set(pair.name, pair.value)) return false;
    }
    for (const ColonPair& pair : config_.add.headers) {
      if (!has(original, pair.name) && !pair.value.empty() && !headers.set(pair.name, pair.value)) return false;
    }
    return std::ranges::all_of(config_.append.headers,
                               [&](const ColonPair& pair) { return headers.add(pair.name, pair.value); });
  }

  // All values of the old name take the place of those of the new one.
  [[nodiscard]] static bool rename(http::HeaderMap& headers, Original original, const ColonPair& pair) {
    if (!has(original, pair.name) || pair.value.empty()) return true;
    headers.remove(pair.value);
    headers.remove(pair.name);
    // Kong sets the new name first, so that a header of the same name goes.
    if (http::iequals(pair.name, pair.value)) return true;
    for (const http::Header& header : original) {
      if (http::iequals(header.name, pair.name) && !headers.add(pair.value, header.value)) return false;
    }
    return true;
  }

  const policy::ResponseTransformerConfig& config_;
  std::vector<std::string_view> remove_;
  const JsonEdits json_;
};

}  // namespace

MadePlugin make_plugin(const policy::ResponseTransformerConfig& config, const PluginEnvironment&) {
  return made<ResponseTransformer>(config);
}

}  // namespace sluice::gateway
