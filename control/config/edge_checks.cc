#include "config/edge_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "config/field_loader.h"
#include "config/regex_text.h"
#include "sluice/ascii.h"
#include "sluice/policy/reserved_headers.h"

namespace sluice::config {

namespace {

using policy::Edge;
using policy::EdgeRule;
using policy::Enrichment;
using policy::SchemaHeader;
using policy::Stage;

constexpr const char* kReserved = "Sluice writes this header itself";

bool is_major_minor(std::string_view version) {
  const size_t dot = version.find('.');
  const auto number = [](std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  return dot != std::string_view::npos && number(version.substr(0, dot)) && number(version.substr(dot + 1));
}

bool is_whole(const std::string& text) {
  int64_t whole = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
  return error == std::errc() && end == text.data() + text.size();
}

// Whether a header of this type may hold a fixed value.
bool fits(policy::HeaderType type, const std::string& value) {
  switch (type) {
    case policy::HeaderType::kInteger:
      return is_whole(value);
    case policy::HeaderType::kBoolean:
      return value == "true" || value == "false";
    case policy::HeaderType::kAddress:
      return IpAddress::parse(value).has_value();
    default:
      return true;
  }
}

class EdgeChecker {
 public:
  EdgeChecker(LoadContext& context, const YamlNode& node, const policy::Policy& policy)
      : context_(context), node_(node), policy_(policy), edge_(policy.edge) {}

  void check() {
    check_schema();
    each("keys", edge_.keys, [&](const policy::EdgeKey& key, RecordComplaints& complaints) {
      if (!keys_.insert(key.id).second) complaints.field("id", "another key has this id");
    });
    each("rules", edge_.rules,
         [&](const EdgeRule& rule, RecordComplaints& complaints) { check_rule(rule, complaints); });
    check_writers();
    for (const policy::Plugin& plugin : policy_.plugins) check_plugin(plugin);
  }

 private:
  // Calls `check` with each element of the list `key`, with diagnostics about that element.
  template <typename T, typename Check>
  void each(std::string_view key, const std::vector<T>& values, const Check& check, const YamlNode* within = nullptr,
            std::string_view prefix = "edge") {
    const YamlNode* list = (within == nullptr ? node_ : *within).find(key);
    for (size_t i = 0; i < values.size(); ++i) {
      const YamlNode& item = *list->items[i];
      const LoadContext::Scope scope(context_,
                                     name_entity(T::kEntityType, item, fmt::format("{}.{}[{}]", prefix, key, i)));
      RecordComplaints complaints(context_, item);
      check(values[i], complaints);
    }
  }

  void check_schema() {
    const YamlNode* schema = node_.find("schema");
    if (schema == nullptr) return;
    if (!is_major_minor(edge_.schema.version)) {
      const LoadContext::Step step(context_, "edge.schema.version");
      context_.error(schema->find("version")->mark, "expected MAJOR.MINOR, such as \"1.0\"");
    }
    const auto check_header = [&](const SchemaHeader& header, RecordComplaints& complaints) {
      if (policy::is_reserved_in_requests(header.name)) complaints.field("name", kReserved);
      if (!headers_.emplace(lower(header.name), &header).second) {
        complaints.field("name", "the schema has this header already");
      }
    };
    each("headers", edge_.schema.headers, check_header, schema, "edge.schema");
  }

  void check_rule(const EdgeRule& rule, RecordComplaints& complaints) {
    if (!rules_.insert(rule.name).second) complaints.field("name", "another rule has this name");
    for (size_t i = 0; i < rule.strip.size(); ++i) {
      if (policy::is_reserved_in_requests(rule.strip[i])) complaints.field(fmt::format("strip[{}]", i), kReserved);
    }
    if (rule.verify) check_verify(*rule.verify, complaints);
    for (size_t i = 0; i < rule.enrich.size(); ++i) check_enrichment(rule, i, complaints);
    check_replacements(rule, complaints);
    if (rule.respond) check_written(rule.respond->headers, "respond.headers", complaints);
    if (rule.response_headers) {
      check_written(rule.response_headers->set, "response_headers.set", complaints);
      for (const std::string& name : rule.response_headers->remove) {
        if (policy::frames_the_message(name))
          complaints.field("response_headers.remove", name + " is written by Sluice itself");
      }
    }
  }

  void check_verify(const policy::Verify& verify, RecordComplaints& complaints) {
    if (edge_.keys.empty()) complaints.field("verify", "there is no key to verify with: edge.keys is empty");
    for (size_t i = 0; i < verify.keys.size(); ++i) {
      if (!keys_.contains(verify.keys[i])) {
        complaints.field(fmt::format("verify.keys[{}]", i),
                         fmt::format("no key in edge.keys has the id '{}'", verify.keys[i]));
      }
    }
  }

  void check_enrichment(const EdgeRule& rule, size_t index, RecordComplaints& complaints) {
    const Enrichment& enrichment = rule.enrich[index];
    const auto field = [&](std::string_view name) { return fmt::format("enrich[{}].{}", index, name); };
    const auto known = headers_.find(lower(enrichment.header));
    if (known == headers_.end()) {
      complaints.field(field("header"), fmt::format("the schema does not name the header '{}'", enrichment.header));
      return;
    }
    const SchemaHeader& header = *known->second;
    if (header.written_by != Stage::kEdge) {
      complaints.field(field("header"),
                       fmt::format("the schema says that the {} writes '{}'", to_text(header.written_by), header.name));
    }
    if (enrichment.value && !fits(header.type, *enrichment.value)) {
      complaints.field(field("value"),
                       fmt::format("the schema says that '{}' is of the type {}", header.name, to_text(header.type)));
    }
    written_.insert(lower(header.name));
  }

  void check_replacements(const EdgeRule& rule, RecordComplaints& complaints) {
    if (rule.rewrite && rule.rewrite->path_regex) {
      const policy::RegexRewrite& rewrite = *rule.rewrite->path_regex;
      const std::string problem = check_replacement(rewrite.to, capture_count(rewrite.pattern));
      if (!problem.empty()) complaints.field("rewrite.path_regex.to", problem);
    }
    if (rule.redirect) {
      std::optional<uint32_t> captures;
      if (rule.match.path_regex) captures = capture_count(*rule.match.path_regex);
      const std::string problem = check_replacement(rule.redirect->location, captures);
      if (!problem.empty()) complaints.field("redirect.location", problem);
    }
  }

  void check_written(const std::vector<policy::NamedValue>& headers, std::string_view field,
                     RecordComplaints& complaints) {
    for (const policy::NamedValue& header : headers) {
      if (policy::frames_the_message(header.name)) {
        complaints.field(fmt::format("{}.{}", field, header.name), kReserved);
      }
    }
  }

  // Somebody must write what somebody reads.
  void check_writers() {
    const YamlNode* schema = node_.find("schema");
    const auto check_header = [&](const SchemaHeader& header, RecordComplaints& complaints) {
      if (header.written_by == Stage::kEdge && !header.read_by.empty() && !written_.contains(lower(header.name))) {
        complaints.field("read_by", "no rule writes this header");
      }
    };
    if (schema != nullptr) each("headers", edge_.schema.headers, check_header, schema, "edge.schema");
  }

  // A plugin that reads a header of the schema must be among those who may.
  void check_plugin(const policy::Plugin& plugin) {
    const auto* limits = std::get_if<policy::RateLimitingConfig>(&plugin.config);
    if (limits == nullptr || !limits->header_name) return;
    const auto known = headers_.find(lower(*limits->header_name));
    if (known == headers_.end()) return;
    const auto& readers = known->second->read_by;
    if (std::find(readers.begin(), readers.end(), Stage::kGateway) != readers.end()) return;
    const LoadContext::Scope scope(context_, {.type = "plugin", .name = std::string(plugin.name())});
    const LoadContext::Step step(context_, "config.header_name");
    context_.error(plugin.where, fmt::format("the schema does not let the gateway read '{}'", *limits->header_name));
  }

  LoadContext& context_;
  const YamlNode& node_;
  const policy::Policy& policy_;
  const Edge& edge_;
  std::map<std::string, const SchemaHeader*> headers_;
  std::set<std::string> keys_;
  std::set<std::string> rules_;
  std::set<std::string> written_;
};

// The text of a file of at most kMost bytes; nothing if it cannot be read.
std::optional<std::string> read_file(const std::string& name) {
  constexpr size_t kMost = 1 << 20;
  std::ifstream in(name, std::ios::binary);
  std::string text(kMost + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad() || (in.fail() && !in.eof()) || static_cast<size_t>(in.gcount()) > kMost) return std::nullopt;
  text.resize(static_cast<size_t>(in.gcount()));
  return text;
}

}  // namespace

void check_edge(LoadContext& context, const YamlNode& node, const policy::Policy& policy) {
  EdgeChecker(context, node, policy).check();
}

void read_key_files(LoadContext& context, const YamlNode& node, const std::string& file, Edge& edge) {
  std::error_code none;
  const bool from_file = std::filesystem::is_regular_file(file, none);
  for (size_t i = 0; i < edge.keys.size(); ++i) {
    policy::EdgeKey& key = edge.keys[i];
    if (!key.jwks_file) continue;
    const YamlNode& item = *node.find("keys")->items[i];
    const LoadContext::Scope scope(context, name_entity(key.kEntityType, item, fmt::format("edge.keys[{}]", i)));
    const LoadContext::Step step(context, "jwks_file");
    const std::filesystem::path given = *key.jwks_file;
    if (given.is_relative() && !from_file) {
      context.error(key.where, "expected an absolute name: this policy does not come from a file");
      continue;
    }
    const std::string name = std::filesystem::path(file).parent_path() / given;
    const auto text = read_file(name);
    const auto set = text ? nlohmann::json::parse(*text, nullptr, false) : nlohmann::json();
    if (!text) {
      context.error(key.where, fmt::format("cannot read {} (at most 1 MiB)", name));
    } else if (!set.is_object() || !set.contains("keys") || !set["keys"].is_array()) {
      context.error(key.where, fmt::format("{} is not a JWK Set: expected an object with a list 'keys'", name));
    } else {
      key.jwks = *text;
    }
  }
}

}  // namespace sluice::config
