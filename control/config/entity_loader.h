// EntityLoader: Kong's entities from the map of a policy file into a Policy, kind by kind: first what others refer to.
//
// Entities stand nested in their parent or at top level with a reference; both ways end in the same place. Ids are
// filled in, ids and names are checked to be unique. One loader for each file; the tree outlives it.
#pragma once

#include "config/certificate_loader.h"
#include "config/consumer_loader.h"
#include "config/entity_session.h"
#include "config/service_loader.h"

namespace sluice::config {

class EntityLoader {
 public:
  EntityLoader(LoadContext& context, References& references, policy::Policy& policy)
      : session_(context, references, policy), certificates_(session_), services_(session_), consumers_(session_) {}

  void load(const YamlNode& root);

 private:
  void load_vault(const YamlNode& node);
  void load_upstream(const YamlNode& node);

  EntitySession session_;
  CertificateLoader certificates_;
  ServiceLoader services_;
  ConsumerLoader consumers_;
};

}  // namespace sluice::config
