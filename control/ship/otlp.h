// OTLP over HTTP in JSON (opentelemetry.io/docs/specs/otlp): a request as a span, and spans as a body.
#pragma once

#include <string>
#include <vector>

#include "ship/access_facts.h"
#include "sluice/policy/plugins/opentelemetry.h"

namespace sluice::control {

// The JSON of one span.
std::string otlp_span(const AccessFacts& facts);

// The JSON of the resource whose spans they are: resource_attributes, and service.name.
std::string otlp_resource(const policy::OpentelemetryConfig& config);

// An ExportTraceServiceRequest.
std::string otlp_body(const std::string& resource, const std::vector<std::string>& spans);

}  // namespace sluice::control
