#include "config/schema.h"

namespace sluice::config {

namespace {

using policy::PluginConfig;

template <size_t Index = 0>
Json config_schema(std::string_view name) {
  if constexpr (Index == std::variant_size_v<PluginConfig>) {
    return nullptr;
  } else {
    using Config = std::variant_alternative_t<Index, PluginConfig>;
    if (Config::kPlugin.name == name) return SchemaWriter::fields_of<Config>();
    return config_schema<Index + 1>(name);
  }
}

// The protocols that the loader fills in where a plugin names none.
template <size_t Index = 0>
Json default_protocols(std::string_view name) {
  if constexpr (Index == std::variant_size_v<PluginConfig>) {
    return nullptr;
  } else {
    constexpr policy::PluginInfo kInfo = std::variant_alternative_t<Index, PluginConfig>::kPlugin;
    if (kInfo.name != name) return default_protocols<Index + 1>(name);
    Json protocols = Json::array();
    for (const policy::Protocol protocol : kInfo.default_protocols) protocols.push_back(policy::to_text(protocol));
    return protocols;
  }
}

template <size_t... Index>
std::vector<std::string_view> names_of_plugins(std::index_sequence<Index...>) {
  return {std::variant_alternative_t<Index, PluginConfig>::kPlugin.name...};
}

}  // namespace

Json SchemaWriter::scalar_type(std::string_view type, const policy::FieldInfo& info) {
  Json field = {{"type", std::string(type)}};
  constexpr std::array<const char*, 5> kUnits = {nullptr, "milliseconds", "seconds", "time", "bytes"};
  if (info.unit != policy::Unit::kNone) field["unit"] = kUnits[static_cast<size_t>(info.unit)];
  if (info.least && info.most) field["between"] = {*info.least, *info.most};
  if (info.least && !info.most) field["at_least"] = *info.least;
  if (info.above) field["gt"] = *info.above;
  return field;
}

Json entity_schema(std::string_view plural) {
  const auto schema = [](Json fields) { return Json{{"fields", std::move(fields)}}; };
  if (plural == "services") return schema(SchemaWriter::fields_of<policy::Service>());
  if (plural == "routes") return schema(SchemaWriter::fields_of<policy::Route>());
  if (plural == "consumers") return schema(SchemaWriter::fields_of<policy::Consumer>());
  if (plural == "upstreams") return schema(SchemaWriter::fields_of<policy::Upstream>());
  if (plural == "targets") return schema(SchemaWriter::fields_of<policy::Target>());
  if (plural == "plugins") return schema(SchemaWriter::fields_of<policy::Plugin>());
  if (plural == "keyauth_credentials") return schema(SchemaWriter::fields_of<policy::KeyauthCredential>());
  if (plural == "basicauth_credentials") return schema(SchemaWriter::fields_of<policy::BasicauthCredential>());
  if (plural == "hmacauth_credentials") return schema(SchemaWriter::fields_of<policy::HmacauthCredential>());
  if (plural == "jwt_secrets") return schema(SchemaWriter::fields_of<policy::JwtSecret>());
  if (plural == "consumer_groups") return schema(SchemaWriter::fields_of<policy::ConsumerGroup>());
  if (plural == "certificates") return schema(SchemaWriter::fields_of<policy::Certificate>());
  if (plural == "snis") return schema(SchemaWriter::fields_of<policy::Sni>());
  if (plural == "ca_certificates") return schema(SchemaWriter::fields_of<policy::CaCertificate>());
  if (plural == "vaults") return schema(SchemaWriter::fields_of<policy::Vault>());
  if (plural == "acls") return schema(SchemaWriter::fields_of<policy::AclGroup>());
  return nullptr;
}

std::vector<std::string_view> plugin_names() {
  return names_of_plugins(std::make_index_sequence<std::variant_size_v<PluginConfig>>());
}

Json plugin_schema(std::string_view name) {
  Json config = config_schema(name);
  if (config.is_null()) return nullptr;
  Json fields = SchemaWriter::fields_of<policy::Plugin>();
  for (Json& field : fields) {
    if (field.contains("protocols")) field["protocols"]["default"] = default_protocols(name);
  }
  fields.push_back({{"config", {{"type", "record"}, {"required", true}, {"fields", std::move(config)}}}});
  return {{"fields", std::move(fields)}};
}

}  // namespace sluice::config
