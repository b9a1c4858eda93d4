// The plugins that Sluice has: one line each. The gateway gives each its behaviour by overload on the type.
#pragma once

#include <variant>

#include "sluice/policy/plugins/acl.h"
#include "sluice/policy/plugins/basic_auth.h"
#include "sluice/policy/plugins/bot_detection.h"
#include "sluice/policy/plugins/correlation_id.h"
#include "sluice/policy/plugins/cors.h"
#include "sluice/policy/plugins/file_log.h"
#include "sluice/policy/plugins/hmac_auth.h"
#include "sluice/policy/plugins/http_log.h"
#include "sluice/policy/plugins/ip_restriction.h"
#include "sluice/policy/plugins/jwt.h"
#include "sluice/policy/plugins/key_auth.h"
#include "sluice/policy/plugins/oauth2_introspection.h"
#include "sluice/policy/plugins/opentelemetry.h"
#include "sluice/policy/plugins/prometheus.h"
#include "sluice/policy/plugins/proxy_cache.h"
#include "sluice/policy/plugins/rate_limiting.h"
#include "sluice/policy/plugins/redirect.h"
#include "sluice/policy/plugins/request_size_limiting.h"
#include "sluice/policy/plugins/request_termination.h"
#include "sluice/policy/plugins/request_transformer.h"
#include "sluice/policy/plugins/response_ratelimiting.h"
#include "sluice/policy/plugins/response_transformer.h"
#include "sluice/policy/plugins/syslog.h"
#include "sluice/policy/plugins/tcp_log.h"
#include "sluice/policy/plugins/udp_log.h"

namespace sluice::policy {

using PluginConfig = std::variant<  //
    AclConfig,                      //
    BasicAuthConfig,                //
    BotDetectionConfig,             //
    CorrelationIdConfig,            //
    CorsConfig,                     //
    FileLogConfig,                  //
    HmacAuthConfig,                 //
    HttpLogConfig,                  //
    IpRestrictionConfig,            //
    JwtConfig,                      //
    KeyAuthConfig,                  //
    Oauth2IntrospectionConfig,      //
    OpentelemetryConfig,            //
    PrometheusConfig,               //
    ProxyCacheConfig,               //
    RateLimitingConfig,             //
    RedirectConfig,                 //
    RequestSizeLimitingConfig,      //
    RequestTerminationConfig,       //
    RequestTransformerConfig,       //
    ResponseRatelimitingConfig,     //
    ResponseTransformerConfig,      //
    SyslogConfig,                   //
    TcpLogConfig,                   //
    UdpLogConfig>;

}  // namespace sluice::policy
