// AccessRecord: what the logging plugins of a policy get to know of one request: what Kong's log object tells.
//
// Written by exchange/ into a worker's ring when a plugin of the request wants it, read through AccessRecordSource,
// turned into JSON, metrics or spans by control/ship. Plain data like the records of log_record.h, but with headers and
// query, as Kong's has; `authorization` and its like never get here (exchange/access_recorder.h).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "sluice/ip_address.h"
#include "sluice/log_record.h"
#include "sluice/trace_context.h"
#include "sluice/units.h"

namespace sluice {

// The plugins that want a request's record, by their place in its policy.
struct LogSinks {
  static constexpr size_t kMost = 12;

  std::array<uint32_t, kMost> plugins{};
  uint8_t count = 0;

  void add(uint32_t plugin) {
    if (count < kMost) plugins[count++] = plugin;
  }
};

// Texts one behind the other, each with its length.
class PackedTexts {
 public:
  static constexpr size_t kBytes = 6144;

  // False, and nothing is added: no room for `reserve_bytes` more behind it.
  bool add(std::string_view text, size_t reserve_bytes = 0) {
    if (text.size() > UINT16_MAX || used_ + kLength + text.size() + reserve_bytes > kBytes) return false;
    const auto length = static_cast<uint16_t>(text.size());
    std::memcpy(bytes_ + used_, &length, kLength);
    if (length > 0) std::memcpy(bytes_ + used_ + kLength, text.data(), length);
    used_ += static_cast<uint32_t>(kLength + length);
    return true;
  }

  class Reader {
   public:
    explicit Reader(const PackedTexts& texts) : texts_(texts) {}
    // The next text; empty behind the last one.
    std::string_view next() {
      if (at_ + kLength > texts_.used_) return {};
      uint16_t length;
      std::memcpy(&length, texts_.bytes_ + at_, kLength);
      const std::string_view text(texts_.bytes_ + at_ + kLength, length);
      at_ += kLength + length;
      return text;
    }

   private:
    const PackedTexts& texts_;
    size_t at_ = 0;
  };

 private:
  static constexpr size_t kLength = sizeof(uint16_t);

  uint32_t used_ = 0;
  char bytes_[kBytes];  // only the first used_ are written
};

// Names an entity by its place in the policy that the request ran on.
inline constexpr uint32_t kNoEntity = UINT32_MAX;

// One try at an origin.
struct AccessTry {
  Endpoint origin;
  Duration begun{};          // since the request's head
  Duration choosing_time{};  // of the origin
  uint16_t status = 0;  // the origin's answer, or as which its failure counts (502, 504); 0: the client left before
  bool failed = false;  // no answer came of it
};

struct AccessRecord {
  RecordHeader header;
  LogSinks sinks;

  uint32_t route = kNoEntity;
  uint32_t service = kNoEntity;
  uint32_t consumer = kNoEntity;
  LogText<48> credential_id;

  IpAddress client_address;  // as far as it can be believed
  IpAddress peer_address;    // of the other end of the connection
  Port local_port{};
  uint8_t version_minor = 1;  // HTTP/1.x
  bool secure = false;
  uint16_t status = 0;
  uint16_t origin_status = 0;  // 0: no origin answered
  AnsweredBy answered_by = AnsweredBy::kNobody;
  static constexpr size_t kMostTries = 16;
  uint16_t tries = 0;
  uint8_t kept_tries = 0;  // of them: the first ones and the last
  std::array<AccessTry, kMostTries> try_list;
  uint64_t request_bytes = 0;  // on the wire, as far as they were read: head and body
  uint64_t response_bytes = 0;

  bool proxied = false;  // on its way to an origin, or answered in an origin's stead
  Duration total_time{};
  Duration own_time{};      // until the last try; until the answer's head where there was none
  Duration waiting_time{};  // from there to the answer's head; proxied only
  Duration receive_time{};  // from there to the answer's end
  TraceContext trace;

  // method (as plugins left it), host, target, target towards the origin, correlation id, then name and value of each
  // header of the request, and of each of the answer.
  uint16_t request_headers = 0;
  uint16_t response_headers = 0;
  PackedTexts texts;
};

// One worker's ring as control sees it. Used by one thread, that of the shipper.
class AccessRecordSource {
 public:
  // The oldest record not yet taken; false when there is none.
  [[nodiscard]] virtual bool try_take(AccessRecord& record) = 0;

 protected:
  ~AccessRecordSource() = default;
};

static_assert(std::is_trivially_copyable_v<AccessRecord>);

}  // namespace sluice
