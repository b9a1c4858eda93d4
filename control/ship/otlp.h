// OTLP over HTTP in JSON (opentelemetry.io/docs/specs/otlp): a request as a span, and spans as a body.
#pragma once

#include <string>
#include <vector>

#include "ship/access_facts.h"
#include "ship/process_identity.h"
#include "sluice/policy/plugins/opentelemetry.h"

namespace sluice::control {

// The JSON of one span.
std::string otlp_span(const AccessFacts& facts);

// The JSON of the resource: resource_attributes, which stand before what is told of the process, and service.name.
std::string otlp_resource(const policy::OpentelemetryConfig& config, const ProcessIdentity& process);

// An ExportTraceServiceRequest.
std::string otlp_body(const std::string& resource, const std::vector<std::string>& spans);

}  // namespace sluice::control
