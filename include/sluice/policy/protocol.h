// The protocols that services, routes and plugins name, spelled as in Kong.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace sluice::policy {

enum class Protocol : uint8_t { kGrpc, kGrpcs, kHttp, kHttps, kTcp, kTls, kTlsPassthrough, kUdp };

constexpr std::array<std::string_view, 8> names_of(Protocol) {
  return {"grpc", "grpcs", "http", "https", "tcp", "tls", "tls_passthrough", "udp"};
}

// Requests and answers, rather than a stream of bytes.
constexpr bool is_http(Protocol p) {
  return p == Protocol::kHttp || p == Protocol::kHttps || p == Protocol::kGrpc || p == Protocol::kGrpcs;
}

constexpr bool is_tls(Protocol p) {
  return p == Protocol::kHttps || p == Protocol::kGrpcs || p == Protocol::kTls || p == Protocol::kTlsPassthrough;
}

}  // namespace sluice::policy
