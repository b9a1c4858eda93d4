#include "admin/admin_message.h"

#include <event2/http.h>
#include <event2/keyvalq_struct.h>

#include <cstdlib>

#include "config/yaml_tree.h"

namespace sluice::control {

std::optional<std::string> AdminRequest::argument(std::string_view name) const {
  evkeyvalq arguments;
  if (evhttp_parse_query_str(query.c_str(), &arguments) != 0) return std::nullopt;
  const char* value = evhttp_find_header(&arguments, std::string(name).c_str());
  std::optional<std::string> result;
  if (value != nullptr) result = value;
  evhttp_clear_headers(&arguments);
  return result;
}

nlohmann::json parse_json(const std::string& text) {
  using nlohmann::json;
  bool too_deep = false;
  const auto keep = [&too_deep](int depth, json::parse_event_t, const json&) {
    too_deep |= depth > config::YamlTree::kMostDepth;
    return !too_deep;
  };
  json parsed = json::parse(text, keep, false);
  return too_deep ? json(json::value_t::discarded) : parsed;
}

std::string encode_argument(const std::string& text) {
  char* encoded = evhttp_uriencode(text.data(), static_cast<ev_ssize_t>(text.size()), 0);
  std::string result(encoded == nullptr ? "" : encoded);
  std::free(encoded);
  return result;
}

}  // namespace sluice::control
