#include "config/policy_loader.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/canonical.h"
#include "config/edge_checks.h"
#include "config/entity_list.h"
#include "config/entity_loader.h"
#include "config/entity_path.h"
#include "config/quarantine.h"

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

// Read by others: by EntityLoader, by check_common_keys, by load_edge.
constexpr std::string_view kElsewhere[] = {"services",
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
                                           "consumer_groups",
                                           "certificates",
                                           "snis",
                                           "ca_certificates",
                                           "vaults",
                                           "oauth2_credentials",
                                           "mtls_auth_credentials",
                                           "_comment",
                                           "_ignore",
                                           "edge"};

// Of decK and Konnect, without a meaning for the gateway.
constexpr std::string_view kUnused[] = {"_info", "_workspace", "_konnect"};

// Of Kong, and why Sluice does not have them; must not be there, or be empty, so that nothing is lost silently.
struct Missing {
  std::string_view plural;
  std::string_view reason;
};
constexpr Missing kMissing[] = {
    {"_plugin_configs", "let decK write the configuration into each plugin: deck file render"},
    {"keys", "no plugin of Sluice's uses them: give a consumer jwt_secrets, or name keys under edge"},
    {"key_sets", "no plugin of Sluice's uses them: give a consumer jwt_secrets, or name keys under edge"},
    {"filter_chains", "Sluice does not run WebAssembly: use an edge rule"},
    {"oauth2_tokens", "Sluice does not issue tokens"},
    {"oauth2_authorization_codes", "Sluice does not issue tokens"},
    {"sessions", "Sluice keeps no sessions"},
    {"acme_storage", "Sluice is no ACME client"},
    {"rbac_roles", "the control socket belongs to its owner"},
    {"consumer_group_consumers", "name the groups in the consumer, or the consumers in the group"},
    {"consumer_group_plugins", "name the plugins in the group"},
    {"partials", "write the configuration into each plugin, or use YAML anchors"},
    {"licenses", "Sluice needs none"},
    {"parameters", "they are Kong's own"},
    {"workspaces", "there is one"},
    {"ratelimiting_metrics", "counters are no part of a policy"},
    {"clustering_data_planes", "they are Kong's own"},
};

bool is_unused(std::string_view key) {
  return std::find(std::begin(kUnused), std::end(kUnused), key) != std::end(kUnused);
}

const Missing* find_missing(std::string_view key) {
  const auto found =
      std::find_if(std::begin(kMissing), std::end(kMissing), [&](const Missing& m) { return m.plural == key; });
  return found == std::end(kMissing) ? nullptr : found;
}

void load_header(LoadContext& context, const YamlNode& root, policy::Policy& policy) {
  Header header;
  std::vector<std::string_view> also(std::begin(kElsewhere), std::end(kElsewhere));
  for (const YamlNode::Entry& entry : root.entries) {
    const LoadContext::Step step(context, entry.key);
    if (is_unused(entry.key)) {
      also.push_back(entry.key);
      context.warn(entry.mark, "not used");
    }
    if (const Missing* missing = find_missing(entry.key)) {
      also.push_back(entry.key);
      if (!stands_for_nothing(*entry.value)) {
        context.error(entry.mark, "not supported", {}, std::string(missing->reason));
      }
    }
  }
  load_record(context, root, header, also);
  check_common_keys(context, root);
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

// What is wrong with the entities that the obstacles are about; with the file, where they are about none.
std::vector<Diagnostic> mistakes_of(const YamlNode& root, std::span<const Obstacle> obstacles) {
  std::vector<Diagnostic> mistakes;
  for (const Obstacle& obstacle : obstacles) {
    const std::vector<std::string> paths = entity_paths(root, obstacle.where);
    if (paths.empty()) mistakes.push_back({.mark = obstacle.where, .message = obstacle.message});
    for (const std::string& path : paths) {
      const std::string list = path.substr(0, path.rfind('['));
      const std::string plural = list.substr(list.rfind('.') + 1);
      const YamlNode* field = obstacle.field.empty() ? nullptr : find_node(&root, path + "." + obstacle.field);
      mistakes.push_back(
          {.mark = field == nullptr ? obstacle.where : field->mark,
           .entity = name_entity(std::string_view(plural).substr(0, plural.size() - 1), *find_node(&root, path), path),
           .field = obstacle.field,
           .message = obstacle.message});
    }
  }
  return mistakes;
}

// Whether the entity is left out, or one that it stands in.
bool is_left_out(const LoadContext::Paths& left_out, const std::string& path) {
  for (size_t end = path.find('.'); end != std::string::npos; end = path.find('.', end + 1)) {
    if (left_out.contains(path.substr(0, end))) return true;
  }
  return left_out.contains(path);
}

// The policy that the file is without the entities that are left out.
LoadedPolicy load_tree(const YamlNode& root, const std::string& file, const LoadContext::Paths& left_out,
                       const std::vector<Diagnostic>& obstacles) {
  LoadedPolicy loaded;
  References references;
  LoadContext context(loaded.diagnostics, references, &left_out);
  policy::Policy policy;
  load_header(context, root, policy);
  EntityLoader(context, references, policy).load(root);
  load_edge(context, root, file, policy);
  for (const Diagnostic& obstacle : obstacles) {
    if (!is_left_out(left_out, obstacle.entity.path)) loaded.diagnostics.error(obstacle);
  }
  if (loaded.diagnostics.ok()) loaded.policy = std::move(policy);
  return loaded;
}

}  // namespace

LoadedPolicy load_policy(std::string_view text, const std::string& file, policy::OnMistake on_mistake,
                         std::span<const Obstacle> obstacles, const Admission& admit) {
  // Each pass leaves out at least one more entity; what depends on each other goes in few.
  constexpr int kMostPasses = 16;
  LoadedPolicy refused;
  const YamlTree tree(text, refused.diagnostics);
  if (tree.root() == nullptr) return refused;
  const auto refuses = [&](bool is_read) {
    const std::string reason = admit ? admit(tree.root()->expanded_nodes, is_read) : std::string();
    if (!reason.empty()) refused.diagnostics.error({.message = reason});
    return !reason.empty();
  };
  if (refuses(false)) return refused;
  if (tree.root()->kind != YamlKind::kMap) {
    refused.diagnostics.error(
        {.mark = tree.root()->mark, .message = "expected an object", .found = describe(*tree.root())});
    return refused;
  }
  Quarantine quarantine(*tree.root());
  const std::vector<Diagnostic> found_before = mistakes_of(*tree.root(), obstacles);
  LoadedPolicy loaded = load_tree(*tree.root(), file, quarantine.left_out(), found_before);
  if (!loaded.policy && on_mistake == policy::OnMistake::kQuarantine) {
    refused.diagnostics = loaded.diagnostics;
    for (int pass = 0; pass < kMostPasses && !loaded.policy; ++pass) {
      if (!quarantine.take(loaded.diagnostics)) return refused;
      loaded = load_tree(*tree.root(), file, quarantine.left_out(), found_before);
    }
    if (!loaded.policy) return refused;
    loaded.quarantined = quarantine.reasons();
  }
  if (loaded.policy && refuses(true)) return refused;
  if (loaded.policy) loaded.policy->fingerprint = fingerprint_of(*loaded.policy);
  return loaded;
}

}  // namespace sluice::config
