#include "gateway/plugins/found_credential.h"

#include <optional>

#include "gateway/plugins/argument_list.h"
#include "gateway/plugins/body_type.h"
#include "gateway/plugins/json_object.h"
#include "gateway/plugins/multipart_body.h"
#include "gateway/plugins/named_arguments.h"
#include "gateway/plugins/query.h"

namespace sluice::gateway {

namespace {

// A key in a JSON body is a string; a list or an object stands for several.
FoundCredential search_json(Arena& arena, std::string_view body, std::string_view name) {
  const JsonObject::Parsed parsed = JsonObject::parse(arena, body, 0);
  if (parsed.fault == JsonObject::Fault::kNoMemory) return {Presence::kNoMemory, {}};
  const auto value = parsed.fault == JsonObject::Fault::kNone ? parsed.object.find(name) : std::nullopt;
  if (!value) return {};
  if (value->starts_with('[') || value->starts_with('{')) return {Presence::kRepeated, {}};
  if (!value->starts_with('"')) return {};
  const std::string_view key = from_json_string(arena, *value);
  return {key.data() == nullptr ? Presence::kNoMemory : Presence::kOnce, key};
}

FoundCredential search_multipart(Arena& arena, std::string_view content_type, std::string_view body,
                                 std::string_view name) {
  const auto form = MultipartBody::parse(arena, content_type, body, 0);
  if (!form && form.error() == MultipartBody::Fault::kNoMemory) return {Presence::kNoMemory, {}};
  const size_t count = form ? form->count(name) : 0;
  if (count > 1) return {Presence::kRepeated, {}};
  return count == 0 ? FoundCredential() : FoundCredential{Presence::kOnce, *form->find(name)};
}

// The body without what has this name; itself where it is not of a kind that can be edited. data() == nullptr: out of
// memory.
std::string_view body_without(Context& context, std::string_view name) {
  Arena& arena = context.http.arena;
  const http::HeaderMap& headers = context.http.request.headers;
  const std::string_view body = context.http.body.bytes;
  if (body.empty()) return "";
  switch (leading_body_type(headers)) {
    case BodyType::kJson: {
      JsonObject::Parsed parsed = JsonObject::parse(arena, body, 0);
      if (parsed.fault == JsonObject::Fault::kNoMemory) return {};
      if (parsed.fault != JsonObject::Fault::kNone) return body;
      parsed.object.remove(name);
      return parsed.object.encode();
    }
    case BodyType::kForm: {
      std::optional<ArgumentList> list = ArgumentList::parse(arena, body, 0);
      if (!list) return {};
      list->remove(name);
      return list->encode();
    }
    case BodyType::kMultipart: {
      auto form = MultipartBody::parse(arena, *headers.find("Content-Type"), body, 0);
      if (!form && form.error() == MultipartBody::Fault::kNoMemory) return {};
      if (!form) return body;
      form->remove(name);
      return form->encode();
    }
    case BodyType::kOther:
      return body;
  }
  return body;
}

}  // namespace

FoundCredential search_query(Arena& arena, std::string_view query, std::string_view name) {
  FoundCredential found;
  const bool seen_all = for_each_named(arena, query, name, [&found](const std::optional<std::string_view>& value) {
    const bool first = found.presence == Presence::kAbsent;
    found = {!first ? Presence::kRepeated : value ? Presence::kOnce : Presence::kNoText, value.value_or("")};
  });
  return seen_all ? found : FoundCredential{Presence::kNoMemory, {}};
}

FoundCredential search_body(Context& context, std::string_view name) {
  Arena& arena = context.http.arena;
  const http::HeaderMap& headers = context.http.request.headers;
  const std::string_view body = context.http.body.bytes;
  switch (leading_body_type(headers)) {
    case BodyType::kJson:
      return search_json(arena, body, name);
    case BodyType::kForm:
      return search_query(arena, body, name);
    case BodyType::kMultipart:
      return search_multipart(arena, *headers.find("Content-Type"), body, name);
    case BodyType::kOther:
      return {};
  }
  return {};
}

bool hide_in_query(Context& context, std::string_view name) {
  if (context.upstream.query.empty()) return true;
  const std::string_view rest = remove_argument(context.http.arena, context.upstream.query, name);
  context.upstream.query = rest;
  context.upstream.has_query = !rest.empty();
  return rest.data() != nullptr;
}

bool hide_in_body(Context& context, std::string_view name) {
  if (context.http.body.state != http::WholeBody::State::kRead) return true;
  context.http.body.bytes = body_without(context, name);
  return context.http.body.bytes.data() != nullptr;
}

}  // namespace sluice::gateway
