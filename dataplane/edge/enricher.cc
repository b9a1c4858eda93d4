#include "edge/enricher.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "edge/header_value.h"
#include "sluice/policy/reserved_headers.h"
#include "token/jws.h"

namespace sluice::edge {

Enricher::Enricher(const policy::Enrichment& enrichment, const policy::HeaderSchema& schema, Complainer& complainer)
    : enrichment_(&enrichment) {
  const auto header = std::find_if(schema.headers.begin(), schema.headers.end(), [&](const policy::SchemaHeader& h) {
    return http::iequals(h.name, enrichment.header);
  });
  if (header == schema.headers.end()) {
    complainer.field("enrich.header", "'" + enrichment.header + "' is no header of edge.schema");
    return;
  }
  type_ = header->type;
  if (header->written_by != policy::Stage::kEdge) {
    complainer.field("enrich.header", "the schema lets only the gateway write '" + enrichment.header + "'");
  }
  if (policy::is_reserved_in_requests(enrichment.header)) {
    complainer.field("enrich.header", "'" + enrichment.header + "' cannot be set by a rule");
  }
  if (enrichment.value && !fits_header(*enrichment.value, type_)) {
    complainer.field("enrich.value", "'" + *enrichment.value + "' is no value of the type that the schema says");
  }
}

bool Enricher::run(Context& context) const {
  Sourced value = source(context);
  if (value.found == Found::kText && !fits_header(value.text, type_)) value.found = Found::kUnwritable;
  switch (value.found) {
    case Found::kText:
      return context.http.request.headers.set(enrichment_->header, value.text);
    case Found::kUnwritable:
      context.http.worker.count(Counter::kEdgeValuesDropped);
      return true;
    case Found::kAbsent:
      return true;
    case Found::kNoMemory:
      return false;
  }
  return false;
}

Enricher::Sourced Enricher::source(const Context& context) const {
  const http::RequestContext& http = context.http;
  switch (enrichment_->from) {
    case policy::EnrichFrom::kFixed:
      return {Found::kText, *enrichment_->value};
    case policy::EnrichFrom::kClaim:
      return claim(context);
    case policy::EnrichFrom::kClientAddress: {
      std::array<char, IpAddress::kMaxTextLength> room;
      return copied(http.arena, http.client.address.format(room));
    }
    case policy::EnrichFrom::kClientPort: {
      std::array<char, 5> room;
      const auto end = std::to_chars(room.data(), room.data() + room.size(), http.client.peer.port.value).ptr;
      return copied(http.arena, {room.data(), static_cast<size_t>(end - room.data())});
    }
    case policy::EnrichFrom::kScheme:
      return {Found::kText, http.client.secure ? "https" : "http"};
    case policy::EnrichFrom::kHost:
      return {Found::kText, http.request.authority};
    case policy::EnrichFrom::kMethod:
      return {Found::kText, http.request.method};
    case policy::EnrichFrom::kPath:
      return {Found::kText, http.request.path};
    case policy::EnrichFrom::kRequestId:
      return {Found::kText, http.request_id};
  }
  return {};
}

// An absent claim, null included, is an absent source; one without a text is a value that cannot be written.
Enricher::Sourced Enricher::claim(const Context& context) const {
  if (context.token == nullptr) return {};
  const auto value = context.token->claims().find(*enrichment_->claim);
  if (!value || value->is(token::json::Kind::kNull)) return {};
  const auto text = claim_text(*value, context.http.arena);
  if (!text) return {Found::kUnwritable, {}};
  // Claims live in the verified-token memory, whose slot may be another token's before the request is written.
  return copied(context.http.arena, *text);
}

Enricher::Sourced Enricher::copied(Arena& arena, std::string_view text) {
  const std::string_view copy = arena.try_copy(text);
  if (copy.data() == nullptr) return {Found::kNoMemory, {}};
  return {Found::kText, copy};
}

}  // namespace sluice::edge
