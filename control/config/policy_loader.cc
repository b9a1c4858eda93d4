#include "config/policy_loader.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/canonical.h"
#include "config/edge_checks.h"
#include "config/entity_loader.h"

namespace sluice::config {

namespace {

// What the top level of a policy may have beside what EntityLoader reads.
struct Header {
  policy::FormatVersion format_version = policy::FormatVersion::k3_0;
  bool transform = true;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("_format_version", s.format_version, {.help = "1.1, 2.1 or 3.0", .required = true});
    visit("_transform", s.transform, {.help = "false: passwords are stored as hashes"});
  }
};

constexpr std::string_view kEntities[] = {"services",
                                          "routes",
                                          "upstreams",
                                          "targets",
                                          "consumers",
                                          "keyauth_credentials",
                                          "basicauth_credentials",
                                          "hmacauth_credentials",
                                          "jwt_secrets",
                                          "acls",
                                          "plugins",
                                          "edge"};

// Of decK, without a meaning for the gateway.
constexpr std::string_view kUnused[] = {"_info", "_workspace", "_comment", "_ignore"};

// Of Kong; must not be there, or be empty, so that nothing is lost silently.
constexpr std::string_view kNotYet[] = {"certificates",
                                        "snis",
                                        "ca_certificates",
                                        "vaults",
                                        "keys",
                                        "key_sets",
                                        "oauth2_credentials",
                                        "oauth2_tokens",
                                        "oauth2_authorization_codes",
                                        "mtls_auth_credentials",
                                        "consumer_groups",
                                        "filter_chains",
                                        "parameters",
                                        "sessions",
                                        "acme_storage",
                                        "ratelimiting_metrics",
                                        "clustering_data_planes"};

template <size_t N>
bool contains(const std::string_view (&names)[N], std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

bool is_empty(const YamlNode& node) {
  return node.kind == YamlKind::kNull || (node.kind == YamlKind::kList && node.items.empty());
}

void load_header(LoadContext& context, const YamlNode& root, policy::Policy& policy) {
  Header header;
  std::vector<std::string_view> also(std::begin(kEntities), std::end(kEntities));
  for (const YamlNode::Entry& entry : root.entries) {
    const LoadContext::Step step(context, entry.key);
    if (contains(kUnused, entry.key)) {
      also.push_back(entry.key);
      if (entry.key == "_info" || entry.key == "_workspace") context.warn(entry.mark, "not used");
    }
    if (contains(kNotYet, entry.key)) {
      also.push_back(entry.key);
      if (!is_empty(*entry.value)) context.error(entry.mark, "not supported yet");
    }
  }
  load_record(context, root, header, also);
  policy.format_version = header.format_version;
  policy.transform = header.transform;
}

void load_edge(LoadContext& context, const YamlNode& root, const std::string& file, policy::Policy& policy) {
  const YamlNode* node = root.find("edge");
  if (node == nullptr || node->kind == YamlKind::kNull) return;
  const size_t before = context.mistakes();
  {
    const LoadContext::Step step(context, "edge");
    load_record(context, *node, policy.edge);
  }
  // What follows counts on each value to be there.
  if (context.mistakes() != before) return;
  check_edge(context, *node, policy);
  read_key_files(context, *node, file, policy.edge);
}

}  // namespace

LoadedPolicy load_policy(std::string_view text, const std::string& file) {
  LoadedPolicy loaded;
  const YamlTree tree(text, loaded.diagnostics);
  if (tree.root() == nullptr) return loaded;
  const YamlNode& root = *tree.root();
  References references;
  LoadContext context(loaded.diagnostics, references);
  if (root.kind != YamlKind::kMap) {
    context.error(root.mark, "expected an object", describe(root));
    return loaded;
  }
  policy::Policy policy;
  load_header(context, root, policy);
  EntityLoader(context, references, policy).load(root);
  load_edge(context, root, file, policy);
  if (!loaded.diagnostics.ok()) return loaded;
  policy.fingerprint = fingerprint_of(policy);
  loaded.policy = std::move(policy);
  return loaded;
}

}  // namespace sluice::config
