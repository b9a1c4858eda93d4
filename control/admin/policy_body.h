// Where POST /config and POST /check find the policy in their request. As with Kong it is `config` of a JSON object, of
// a form, or of a multipart form, which is what `curl -F config=@kong.yml` sends; else it is the body.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "admin/admin_message.h"

namespace sluice::control {

// None: there is nothing in the request.
std::optional<std::string> policy_text(const AdminRequest& request);

// The content of the first field of this name in a multipart body (RFC 7578, RFC 2046 5.1.1), a part of `body`. None:
// there is none, or it has no end. content_type: the header's value, which names the boundary.
std::optional<std::string_view> multipart_field(std::string_view content_type, std::string_view body,
                                                std::string_view name);

}  // namespace sluice::control
