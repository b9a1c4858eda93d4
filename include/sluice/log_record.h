// EdgeRecord, GatewayRecord: what a worker says about one request, once, in a fixed number of bytes.
//
// Written by exchange/ into a worker's rings, read through RecordSource and formatted by control/logs. Plain data:
// nothing in a record points anywhere, so it outlives the request, its connection and its policy. No record holds a
// query, a header value or a body: that is where credentials travel.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "sluice/counters.h"
#include "sluice/error.h"
#include "sluice/ip_address.h"
#include "sluice/units.h"

namespace sluice {

// The first N bytes of a text, and how long it was.
template <size_t N>
class LogText {
 public:
  void assign(std::string_view text) {
    full_size_ = static_cast<uint32_t>(std::min<size_t>(text.size(), UINT32_MAX));
    if (!text.empty()) std::memcpy(bytes_, text.data(), std::min(text.size(), N));
  }
  std::string_view view() const { return {bytes_, std::min<size_t>(full_size_, N)}; }
  bool truncated() const { return full_size_ > N; }
  uint32_t full_size() const { return full_size_; }

 private:
  uint32_t full_size_ = 0;
  char bytes_[N];  // only the first min(full_size_, N) are written
};

// Who decided the status that the client got.
enum class AnsweredBy : uint8_t {
  kNobody,   // the client was gone before there was an answer
  kServer,   // the head was refused: no request came of it
  kEdge,     // an edge rule
  kGateway,  // a plugin, no route, or an error of Sluice's own towards the origin
  kOrigin,
};
inline constexpr std::array<std::string_view, 5> kAnsweredByNames = {"nobody", "server", "edge", "gateway", "origin"};

// How the exchange ended.
enum class Ending : uint8_t {
  kComplete,    // the answer went out whole
  kClientGone,  // the client left, or broke the protocol in its body
  kTruncated,   // the origin or Sluice failed when it was too late for an answer: the connection was aborted
};
inline constexpr std::array<std::string_view, 3> kEndingNames = {"complete", "client_gone", "truncated"};

using RequestId = std::array<char, 32>;  // lower-case hex digits; joins the two records of a request

// What both records begin with.
struct RecordHeader {
  // Counts the records of one worker in one log from 1 on, those that a full ring refused included: a gap is a loss.
  uint64_t sequence = 0;
  WorkerId worker{};
  RequestId request_id{};
  std::array<uint8_t, 32> policy_fingerprint{};
  uint64_t policy_generation = 0;
  WallTime started{};
};

// Why a request did not end well; reason is meaningless unless `failed`.
struct RecordFailure {
  bool failed = false;
  Counter reason = Counter::kInternalError;
  Side side = Side::kSelf;
};

struct EdgeRecord {
  RecordHeader header;

  Endpoint peer;             // the other end of the connection
  Endpoint local;            // our end
  IpAddress client_address;  // as far as it can be believed
  bool secure = false;
  uint8_t version_minor = 1;  // HTTP/1.x

  LogText<16> method;
  LogText<96> host;
  LogText<256> path;  // as sent, without the query

  uint16_t status = 0;  // 0: no answer was sent
  AnsweredBy answered_by = AnsweredBy::kNobody;
  Ending ending = Ending::kComplete;
  RecordFailure failure;

  uint64_t request_body_bytes = 0;   // taken from the client
  uint64_t response_body_bytes = 0;  // handed to the connection

  bool token_verified = false;
  LogText<8> token_algorithm;

  Duration edge_time{};      // in the edge stage, both ways
  Duration gateway_time{};   // in the gateway stage, both ways
  Duration upstream_time{};  // from the first attempt to the last byte of the origin's answer
  Duration total_time{};     // from the request's head to the last byte handed to the connection
};

struct GatewayRecord {
  RecordHeader header;

  LogText<16> method;  // as the edge and the plugins left it
  LogText<96> host;
  LogText<256> path;
  LogText<256> upstream_path;  // as sent to the origin; empty: nothing was sent

  std::array<uint8_t, 16> route_id{};  // nil: no route
  std::array<uint8_t, 16> service_id{};
  std::array<uint8_t, 16> consumer_id{};
  LogText<48> route_name;
  LogText<48> service_name;
  LogText<48> consumer_name;
  LogText<48> credential_id;

  Endpoint origin;     // of the last attempt; port 0: none
  uint16_t tries = 0;  // attempts at an origin
  uint16_t origin_status = 0;
  uint16_t status = 0;
  AnsweredBy answered_by = AnsweredBy::kNobody;
  Ending ending = Ending::kComplete;
  RecordFailure failure;

  Duration gateway_time{};
  Duration connect_time{};     // waiting for connections to be made, all attempts together
  Duration first_byte_time{};  // from the first attempt to the head of the origin's answer
  Duration upstream_time{};
  Duration total_time{};
};

// One worker's rings as control sees them. Used by one thread, that of the log writer.
class RecordSource {
 public:
  // The oldest record not yet taken; false when there is none.
  [[nodiscard]] virtual bool try_take(EdgeRecord& record) = 0;
  [[nodiscard]] virtual bool try_take(GatewayRecord& record) = 0;

 protected:
  ~RecordSource() = default;
};

static_assert(std::is_trivially_copyable_v<EdgeRecord> && std::is_trivially_copyable_v<GatewayRecord>);

}  // namespace sluice
