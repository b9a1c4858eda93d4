// Writes HTTP/1.1 message heads (RFC 9112) anew from messages: one framing, one Connection, no bytes that could break
// out of their field.
//
// Fields that belong to a connection (Connection, Keep-Alive, Proxy-Connection, Transfer-Encoding) are not copied from
// the message; Content-Length is, where the message's framing says nothing of its own. A control byte that a template
// has brought into a name, a value or a target leaves percent-encoded, as OpenResty does it.
#pragma once

#include <cstdint>

#include "http/message.h"
#include "packet/packet_writer.h"

namespace sluice::http {

enum class Persistence : uint8_t { kKeepAlive, kClose };

// The message asks to leave HTTP: an Upgrade field that Connection names (RFC 9110 7.8).
bool asks_upgrade(const HeaderMap& headers);

// `request.target` and the fields as they stand, then Connection and the framing. An Upgrade field is passed on with
// `Connection: Upgrade` where asks_upgrade(), else left out.
void write_request_head(PacketWriter& out, const Request& request);

// The status line with HTTP/1.1, the fields, Connection and `framing`, which is what the connection needs (a session
// may not use the message's own). kNone: no framing field of its own.
void write_response_head(PacketWriter& out, const Response& response, BodyFraming framing, Persistence persistence);

// An interim response: its fields alone.
void write_interim_head(PacketWriter& out, const Response& interim);

// Lines of a trailer section, without the empty line at its end.
void write_trailers(PacketWriter& out, const HeaderMap& trailers);

}  // namespace sluice::http
