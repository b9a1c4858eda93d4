// docs/configuration.md lists every field of both files, as the field tables say them. With SLUICE_WRITE_DOCS set in
// the environment the lists in the page are written anew instead of compared.
#include "config_support.h"

#include <fmt/format.h>

#include <cstdlib>
#include <map>

#include "config/schema.h"

namespace sluice::config {
namespace {

std::string limits_text(const Json& field) {
  if (field.contains("one_of")) {
    std::string names;
    for (const Json& name : field["one_of"]) names += (names.empty() ? "" : ", ") + name.get<std::string>();
    return names;
  }
  if (field.contains("between")) return fmt::format("{}..{}", field["between"][0].dump(), field["between"][1].dump());
  if (field.contains("at_least")) return fmt::format("≥ {}", field["at_least"].dump());
  if (field.contains("gt")) return fmt::format("> {}", field["gt"].dump());
  return {};
}

std::string type_text(const Json& field) {
  const std::string type = field["type"];
  if (type == "any") return "null";
  if (type == "array") {
    const Json& elements = field["elements"];
    return elements["type"] == "record" ? "list of records" : "list of " + type_text(elements);
  }
  const std::string unit = field.value("unit", "");
  if (unit == "time") return "time";
  const std::string limits = limits_text(field);
  const std::string shown = unit == "bytes" ? "size" : unit.empty() ? type : type + " of " + unit;
  return limits.empty() ? shown : fmt::format("{}: {}", shown, limits);
}

std::string default_text(const Json& field) {
  if (field.value("required", false)) return "**required**";
  if (!field.contains("default") || field["default"].empty()) return field["type"] == "array" ? "[]" : "";
  return "`" + field["default"].dump() + "`";
}

void append_rows(std::string& rows, const Json& fields, const std::string& prefix) {
  for (const Json& one : fields) {
    const auto entry = one.begin();  // an object of one member: the field's name
    const Json& field = *entry;
    const std::string path = prefix + entry.key();
    const std::string said = field["description"];
    rows += fmt::format("| `{}` | {} | {} | {} |\n", path, type_text(field), default_text(field), said);
    if (field["type"] == "record") append_rows(rows, field["fields"], path + ".");
    if (field["type"] == "map" && field["values"]["type"] == "record") {
      append_rows(rows, field["values"]["fields"], path + ".*.");
    }
    if (field["type"] == "array" && field["elements"]["type"] == "record") {
      append_rows(rows, field["elements"]["fields"], path + "[].");
    }
  }
}

std::string table(const Json& fields) {
  std::string text = "| field | type | default | what it says |\n|---|---|---|---|\n";
  append_rows(text, fields, "");
  return text;
}

template <size_t... Index>
void add_plugins(std::map<std::string, std::string>& tables, std::index_sequence<Index...>) {
  const auto add = [&]<typename Config>(const Config&) {
    tables["plugin " + std::string(Config::kPlugin.name)] = table(SchemaWriter::fields_of<Config>());
  };
  (add(std::variant_alternative_t<Index, policy::PluginConfig>{}), ...);
}

// Every list that the page must have, by its name there.
std::map<std::string, std::string> tables() {
  std::map<std::string, std::string> out;
  for (const char* plural : {"services", "routes", "upstreams", "targets", "consumers", "keyauth_credentials",
                             "basicauth_credentials", "hmacauth_credentials", "jwt_secrets", "acls", "plugins",
                             "consumer_groups", "certificates", "snis", "ca_certificates", "vaults"}) {
    out[plural] = table(entity_schema(plural)["fields"]);
  }
  add_plugins(out, std::make_index_sequence<std::variant_size_v<policy::PluginConfig>>());
  out["edge"] = table(SchemaWriter::fields_of<policy::Edge>());
  out["node"] = table(SchemaWriter::fields_of<policy::Node>());
  return out;
}

// The page with `text` between the marks of that list; empty if the page has no such list.
std::string with_table(const std::string& page, const std::string& name, const std::string& text) {
  const std::string begin = fmt::format("<!-- fields: {} -->\n", name);
  const size_t start = page.find(begin);
  if (start == std::string::npos) return {};
  const size_t end = page.find("<!-- end -->", start);
  if (end == std::string::npos) return {};
  return page.substr(0, start + begin.size()) + text + page.substr(end);
}

TEST(ConfigurationPage, ListsEveryFieldAsItIs) {
  const std::filesystem::path file = SLUICE_CONFIGURATION_PAGE;
  const std::string page = read_text(file);
  std::string written = page;
  for (const auto& [name, text] : tables()) {
    const std::string next = with_table(written, name, text);
    ASSERT_FALSE(next.empty()) << "the page has no list named '" << name << "'";
    written = next;
  }
  if (std::getenv("SLUICE_WRITE_DOCS") != nullptr) std::ofstream(file) << written;
  EXPECT_EQ(read_text(file), written) << "run this test once with SLUICE_WRITE_DOCS=1";
}

TEST(Schema, Plugin_IsInKongsForm) {
  const Json schema = plugin_schema("key-auth");
  ASSERT_TRUE(schema.is_object());
  const Json& config = schema["fields"].back()["config"];
  EXPECT_EQ(config["fields"][0]["key_names"]["default"], Json({"apikey"}));
  EXPECT_EQ(config["fields"][0]["key_names"]["elements"]["type"], "string");
  EXPECT_TRUE(plugin_schema("none").is_null());
  EXPECT_TRUE(entity_schema("none").is_null());
}

}  // namespace
}  // namespace sluice::config
