// CertificateLoader: certificates with their SNIs, and certificates of authorities.
#pragma once

#include "config/entity_session.h"

namespace sluice::config {

class CertificateLoader {
 public:
  explicit CertificateLoader(EntitySession& session) : session_(session) {}

  void load(const YamlNode& root);

 private:
  void load_certificate(const YamlNode& node);
  void load_authority(const YamlNode& node);

  EntitySession& session_;
};

}  // namespace sluice::config
