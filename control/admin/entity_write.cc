#include "admin/entity_write.h"

#include <utility>

#include "admin/form_entity.h"
#include "admin/schema_api.h"
#include "config/schema.h"

namespace sluice::control {

namespace {

using nlohmann::json;

const json kNoFields = json::array();

// The fields of a kind; of a plugin those of the one that is named, if there is such a one.
json fields_of(std::string_view plural, const std::string& plugin) {
  json schema = plural == "plugins" && !plugin.empty() ? config::plugin_schema(plugin) : json();
  if (schema.is_null()) schema = config::entity_schema(plural);
  return schema.is_null() ? kNoFields : schema["fields"];
}

std::string text_of(const json& entity, const char* field) {
  return entity.contains(field) && entity[field].is_string() ? entity[field].get<std::string>() : std::string();
}

json fields_for(const EntityWrite& write, const json& sent) {
  const std::string named = text_of(sent, "name");
  return fields_of(write.plural, named.empty() && write.present ? text_of(*write.present, "name") : named);
}

// What was sent goes before what is there, field by field within a record.
json merged(const json& sent, json present, const json& fields) {
  for (const auto& [name, value] : sent.items()) {
    json& old = present[name];
    const json* record = nullptr;
    for (const json& field : fields) {
      if (field.contains(name) && field[name].value("type", "") == "record") record = &field[name];
    }
    const bool inside = record != nullptr && old.is_object() && value.is_object();
    old = inside ? merged(value, std::move(old), (*record)["fields"]) : value;
  }
  return present;
}

// Discarded: it is no object. Null: a body that is not looked at.
json sent_entity(const AdminRequest& request, const EntityWrite& write) {
  if (request.content_type.starts_with("application/x-www-form-urlencoded")) {
    const json texts = form_entity(request.body, kNoFields);
    return form_entity(request.body, fields_for(write, texts));
  }
  if (request.content_type.starts_with("application/json")) {
    json parsed = parse_json(request.body);
    return parsed.is_object() ? parsed : json(json::value_t::discarded);
  }
  return request.content_type.empty() && request.body.empty() ? json::object() : json();
}

}  // namespace

std::string_view naming_field(std::string_view plural) {
  if (plural == "keyauth_credentials" || plural == "jwt_secrets") return "key";
  if (plural == "consumers" || plural.ends_with("auth_credentials")) return "username";
  if (plural == "vaults") return "prefix";
  if (plural == "plugins") return "instance_name";
  return plural == "targets" ? "target" : "name";
}

std::optional<AdminResponse> refuse_entity(const AdminRequest& request, const EntityWrite& write) {
  json entity = sent_entity(request, write);
  if (entity.is_discarded()) return no_json();
  if (entity.is_null()) return std::nullopt;
  // These are no fields of the entity: how long it lives, and other entities that Kong makes beside it.
  if (write.plural == "keyauth_credentials") entity.erase("ttl");
  if (write.plural == "certificates") entity.erase("snis");
  if (write.present) entity = merged(entity, *write.present, fields_for(write, entity));
  if (!write.parent_field.empty()) entity[std::string(write.parent_field)] = {{"id", write.parent.to_string()}};
  if (write.key && !write.present) {
    const bool by_id = policy::Uuid::parse(*write.key).has_value();
    entity[by_id ? "id" : std::string(naming_field(write.plural))] = *write.key;
  }
  return schema_violation(std::string(write.plural), entity);
}

}  // namespace sluice::control
