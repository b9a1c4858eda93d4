// Plugin: one configured plugin of a snapshot. Immutable; shared by nobody but the worker threads, which only read it.
//
// A plugin is made once a policy by the overload of make_plugin() for its configuration, declared in the header of its
// pair in plugins/. What it must remember between requests lives outside (SharedState), keyed by entity ids, so that a
// reload keeps it.
#pragma once

#include <memory>

#include "gateway/context.h"

namespace sluice::gateway {

class Plugin {
 public:
  virtual ~Plugin() = default;

  // Kong's access phase. On kAnswer, context.http.answer is filled.
  virtual http::Verdict access(Context&) const { return http::Verdict::kContinue; }
  // Kong's header_filter phase: on the origin's answer and on local ones alike.
  virtual void header_filter(Context&, http::Response&) const {}
};

}  // namespace sluice::gateway
