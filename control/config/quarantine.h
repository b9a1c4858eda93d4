// Quarantine: which entities of a policy must be left out so that the rest can be served without them.
//
// Works on the file: a policy is loaded, what is wrong goes into quarantine with what would not be the same without it,
// and it is loaded anew without these, until nothing is wrong. What always holds:
//  1. Nothing loses its protection: a broken plugin takes what it is limited to with it, an entry of `acls` its
//     consumer, a consumer group its members.
//  2. What refers to an entity in quarantine goes there too, but for a consumer group, which only loses the member.
//  3. A mistake that no entity can be blamed for, in the edge section, in a plugin for all requests, or in the name of
//     a group's member, refuses the file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostic.h"
#include "config/load_context.h"
#include "config/yaml_tree.h"

namespace sluice::config {

class Quarantine {
 public:
  // `root`: the map of the policy file; outlives this.
  explicit Quarantine(const YamlNode& root) : root_(root) {}

  // Takes in what these mistakes are about. False if there is a mistake that the file is refused for.
  bool take(const Diagnostics& mistakes);

  // The paths of all entities that are left out.
  const LoadContext::Paths& left_out() const { return left_out_; }
  // Why, one an entity and reason.
  const std::vector<Diagnostic>& reasons() const { return reasons_; }

 private:
  bool take(const Diagnostic& mistake);
  bool take_scope_of(const Diagnostic& mistake);
  bool take_member(const Diagnostic& mistake);
  void take_services_of(const Diagnostic& upstream);
  void take_members_of(const Diagnostic& reason, const std::string& group_path);
  void add(const Diagnostic& reason, const std::string& path);
  // The paths of all entities of that kind and name or id: the file may give a name twice.
  std::vector<std::string> find_all(std::string_view plural, const std::string& name_or_id) const;

  const YamlNode& root_;
  LoadContext::Paths left_out_;
  std::vector<Diagnostic> reasons_;
};

}  // namespace sluice::config
