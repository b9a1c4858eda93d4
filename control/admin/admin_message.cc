#include "admin/admin_message.h"

#include <event2/http.h>
#include <event2/keyvalq_struct.h>

#include <cstdlib>

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

std::string encode_argument(const std::string& text) {
  char* encoded = evhttp_uriencode(text.data(), static_cast<ev_ssize_t>(text.size()), 0);
  std::string result(encoded == nullptr ? "" : encoded);
  std::free(encoded);
  return result;
}

}  // namespace sluice::control
