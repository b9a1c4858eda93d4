// request-termination: a fixed answer. Kong 3.9.1's fields and defaults.
#pragma once

#include <optional>
#include <string>

#include "sluice/policy/field.h"
#include "sluice/policy/plugins/plugin_info.h"

namespace sluice::policy {

struct RequestTerminationConfig {
  static constexpr PluginInfo kPlugin{.name = "request-termination", .priority = 2};

  uint16_t status_code = 503;
  std::optional<std::string> message;       // not together with body or content_type
  std::optional<std::string> content_type;  // of body
  std::optional<std::string> body;
  bool echo = false;
  std::optional<std::string> trigger;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("status_code", s.status_code, {.help = "status of the answer", .not_null = true, .least = 100, .most = 599});
    visit("message", s.message, {.help = "message of the answer"});
    visit("content_type", s.content_type, {.help = "content type of body", .text = TextKind::kHeaderValue});
    visit("body", s.body, {.help = "the body, instead of a message"});
    visit("echo", s.echo, {.help = "answer with a copy of the request", .not_null = true});
    visit("trigger", s.trigger,
          {.help = "only where this header or query argument is there", .text = TextKind::kHeaderName});
  }

  void check(Complaints& complaints) const {
    // Kong says the first of them alone.
    if (message && (content_type || body)) {
      complaints.field("", "message cannot be used with content_type or body");
    } else if (content_type && !body) {
      complaints.field("", "content_type requires a body");
    } else if (echo && (content_type || body)) {
      complaints.field("", "echo cannot be used with content_type and body");
    }
  }
};

}  // namespace sluice::policy
