// syslog: a line of JSON a request, to the machine's syslog. Kong 3.9.1's fields and defaults.
#pragma once

#include <array>
#include <string>

#include "sluice/policy/field.h"
#include "sluice/policy/plugins/log_fields.h"
#include "sluice/policy/plugins/plugin_info.h"

namespace sluice::policy {

// In the order of syslog's own numbers (RFC 5424 6.2.1), the gravest first.
enum class SyslogSeverity : uint8_t { kEmerg, kAlert, kCrit, kErr, kWarning, kNotice, kInfo, kDebug };
constexpr std::array<std::string_view, 8> names_of(SyslogSeverity) {
  return {"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"};
}

// In the order of their numbers; 12 to 15 have no name in Kong.
enum class SyslogFacility : uint8_t {
  kKern,
  kUser,
  kMail,
  kDaemon,
  kAuth,
  kSyslog,
  kLpr,
  kNews,
  kUucp,
  kCron,
  kAuthpriv,
  kFtp,
  kLocal0,
  kLocal1,
  kLocal2,
  kLocal3,
  kLocal4,
  kLocal5,
  kLocal6,
  kLocal7,
};
constexpr std::array<std::string_view, 20> names_of(SyslogFacility) {
  return {"kern",     "user", "mail",   "daemon", "auth",   "syslog", "lpr",    "news",   "uucp",   "cron",
          "authpriv", "ftp",  "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"};
}

// As Kong lists them.
inline constexpr std::string_view kSyslogSeverities = "debug, info, notice, warning, err, crit, alert, emerg";
inline constexpr std::string_view kSyslogFacilities =
    "auth, authpriv, cron, daemon, ftp, kern, lpr, mail, news, syslog, user, uucp, local0, local1, local2, local3, "
    "local4, local5, local6, local7";

struct SyslogConfig {
  static constexpr PluginInfo kPlugin{.name = "syslog", .priority = 4, .protocols = kAllProtocols};

  SyslogSeverity log_level = SyslogSeverity::kInfo;
  SyslogSeverity successful_severity = SyslogSeverity::kInfo;
  SyslogSeverity client_errors_severity = SyslogSeverity::kInfo;
  SyslogSeverity server_errors_severity = SyslogSeverity::kInfo;
  SyslogFacility facility = SyslogFacility::kUser;
  CustomFields custom_fields;

  // Of a request's status.
  SyslogSeverity severity_of(uint16_t status) const {
    if (status >= 500) return server_errors_severity;
    return status >= 400 ? client_errors_severity : successful_severity;
  }

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("log_level", s.log_level,
          {.help = "what is less grave than this is not logged", .not_null = true, .choices = kSyslogSeverities});
    visit("successful_severity", s.successful_severity,
          {.help = "of statuses below 400", .not_null = true, .choices = kSyslogSeverities});
    visit("client_errors_severity", s.client_errors_severity,
          {.help = "of 400 to 499", .not_null = true, .choices = kSyslogSeverities});
    visit("server_errors_severity", s.server_errors_severity,
          {.help = "of 500 and above", .not_null = true, .choices = kSyslogSeverities});
    visit("facility", s.facility, {.help = "the facility", .not_null = true, .choices = kSyslogFacilities});
    visit("custom_fields_by_lua", s.custom_fields, kCustomFields);
  }

  void check(Complaints& complaints) const { check_custom_fields(custom_fields, complaints); }
};

}  // namespace sluice::policy
