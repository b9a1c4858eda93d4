#include "gateway/plugins/response_transformer.h"

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/plugins/failures.h"
#include "gateway/plugins/made.h"

namespace sluice::gateway {

namespace {

using policy::ColonPair;
using Original = std::span<const http::Header>;

bool has(Original original, std::string_view name) {
  return std::ranges::any_of(original, [name](const http::Header& h) { return http::iequals(h.name, name); });
}

class ResponseTransformer final : public Plugin {
 public:
  explicit ResponseTransformer(const policy::ResponseTransformerConfig& config) : config_(config) {
    // "name:value" removes the header whatever its value, as Kong does.
    for (const std::string& entry : config.remove.headers) {
      remove_.push_back(std::string_view(entry).substr(0, entry.find(':')));
    }
  }

  void header_filter(Context& context, http::Response& response) const override {
    const std::span<const http::Header> now = response.headers.all();
    const std::span<http::Header> copy = context.http.arena.try_array<http::Header>(now.size());
    std::ranges::copy(now.first(copy.size()), copy.begin());
    note_edit(context, copy.size() == now.size() && edit(response.headers, copy));
  }

 private:
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
    for (const http::Header& header : original) {
      if (http::iequals(header.name, pair.name) && !headers.add(pair.value, header.value)) return false;
    }
    return true;
  }

  const policy::ResponseTransformerConfig& config_;
  std::vector<std::string_view> remove_;
};

}  // namespace

MadePlugin make_plugin(const policy::ResponseTransformerConfig& config, const PluginEnvironment&) {
  return made<ResponseTransformer>(config);
}

}  // namespace sluice::gateway
