// The headers with which the gateway tells an origin who calls, in spellings that are not the gateway's own.
//
// An origin behind CGI or WSGI cannot tell X_Consumer_Username from X-Consumer-Username: what a client sends under the
// one stands beside, or for, what we say under the other. Kong lets it pass.
#pragma once

#include "http/header_map.h"
#include "http/name_set.h"

namespace sluice::gateway {

// What plugins (X-Consumer-*, X-Credential-Identifier, X-Anonymous-Consumer) and forwarded.h set.
http::NameSet own_names();

// Whether a name begins as those that the gateway alone says of a caller, whatever its plugins are set to say.
bool begins_like_own(std::string_view name);

// Takes away the fields that an origin could take for one in `names` and that have a '_' in theirs. Those in our own
// spelling are for whoever sets them: some are believed of a trusted proxy.
void remove_misspelled(http::HeaderMap& headers, const http::NameSet& names);

}  // namespace sluice::gateway
