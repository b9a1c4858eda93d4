#include "config/certificate_loader.h"

#include <chrono>

#include "config/certificate_text.h"
#include "config/child_loader.h"

namespace sluice::config {

using policy::CaCertificate;
using policy::Certificate;

void CertificateLoader::load(const YamlNode& root) {
  const auto top_level = [&](std::string_view key) { return entity_list(session_.context, root, key); };
  for_each_entity(session_.context, top_level("ca_certificates"), "ca_certificate",
                  [&](const YamlNode& node) { load_authority(node); });
  for_each_entity(session_.context, top_level("certificates"), "certificate",
                  [&](const YamlNode& node) { load_certificate(node); });
  load_top_level_children<policy::Sni>(session_, root, session_.policy.certificates);
}

void CertificateLoader::load_certificate(const YamlNode& node) {
  static const std::vector<std::string_view> kAlso = with_common_keys({"snis"});
  Certificate certificate;
  const size_t before = session_.context.mistakes();
  load_record(session_.context, node, certificate, kAlso);
  check_common_keys(session_.context, node);
  if (session_.context.mistakes() == before) {
    const std::string_view cert = certificate.cert.reveal();
    const std::string_view alternative = certificate.cert_alt.reveal();
    const auto complain = [&](const char* message) { session_.context.entity_error(node.mark, message); };
    if (!is_pair(cert, certificate.key.reveal())) complain("certificate does not match key");
    if (!alternative.empty() && !is_pair(alternative, certificate.key_alt.reveal())) {
      complain("alternative certificate does not match key");
    }
    if (!alternative.empty() && have_keys_of_one_type(cert, alternative)) {
      complain(
          "certificate and alternative certificate need to have different type (e.g. RSA and ECDSA), the provided "
          "certificates were both of the same type");
    }
  }
  const policy::Ref<Certificate> ref{static_cast<uint32_t>(session_.policy.certificates.size())};
  session_.settle_id(certificate, std::nullopt, {});
  session_.claim_id(certificate, node);
  session_.references.certificates.add_id(certificate.id, ref);
  load_nested_children<policy::Sni>(session_, node, certificate);
  session_.policy.certificates.push_back(std::move(certificate));
}

void CertificateLoader::load_authority(const YamlNode& node) {
  static const std::vector<std::string_view> kAlso = with_common_keys({});
  CaCertificate authority;
  const size_t before = session_.context.mistakes();
  load_record(session_.context, node, authority, kAlso);
  check_common_keys(session_.context, node);
  if (session_.context.mistakes() == before) {
    const std::string problem = authority_problem(authority.cert, std::chrono::system_clock::now());
    if (!problem.empty()) session_.context.entity_error(node.mark, problem);
    authority.cert_digest = certificate_digest(authority.cert);
    session_.unique.claim(node.mark, Kind<CaCertificate>::kPlural, "cert_digest", *authority.cert_digest);
  }
  session_.settle_id(authority, std::nullopt, {});
  session_.claim_id(authority, node);
  session_.references.ca_certificates.insert(authority.id);
  session_.policy.ca_certificates.push_back(std::move(authority));
}

}  // namespace sluice::config
