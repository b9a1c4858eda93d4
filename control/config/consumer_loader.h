// ConsumerLoader: consumer groups, consumers, and the credentials of every kind.
#pragma once

#include "config/entity_session.h"

namespace sluice::config {

class ConsumerLoader {
 public:
  explicit ConsumerLoader(EntitySession& session) : session_(session) {}

  void load(const YamlNode& root);

 private:
  void load_group(const YamlNode& node);
  void load_consumer(const YamlNode& node);
  // Consumers that a group names as its own.
  void add_members(const YamlNode& root);
  void refuse_credentials(const YamlNode& map);

  EntitySession& session_;
};

}  // namespace sluice::config
