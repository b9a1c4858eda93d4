// RequestContext: what the stages of one exchange share about it: the request as it now stands, who sent it, what the
// edge found out, and the answer when a stage decides to give one.
//
// Owned by the exchange, handed to the edge and the gateway stage in turn. The two stages know each other only by this.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/arena.h"
#include "base/worker_context.h"
#include "http/message.h"
#include "sluice/ip_address.h"
#include "sluice/question.h"
#include "sluice/wait_handle.h"

namespace sluice::match {
class Scratch;
}
namespace sluice::token {
class VerifiedMemory;
}

namespace sluice::http {

// What a stage (or a plugin) has decided.
enum class Verdict : uint8_t {
  kContinue,  // go on with the next
  kAnswer,    // `answer` is filled: send it, go no further
  kWait,      // suspended; whoever holds the handle resumes the exchange
};

// A response made here. Its headers are those of `head`; Content-Length is added by the exchange.
struct Answer {
  explicit Answer(Arena& arena) : head(arena) {}
  Response head;
  std::string_view body;  // lives in the arena or in the snapshot
};

// The edge's finding about the bearer token, for the gateway's jwt plugin (docs/edge.md: the signature is skipped only
// when algorithm and key fingerprint both equal the consumer's credential).
struct VerifiedToken {
  bool valid = false;             // the signature was checked and holds
  std::string_view token;         // compact form, as sent
  std::string_view algorithm;     // "RS256", …
  uint64_t key_fingerprint[4]{};  // SHA-256 of the key's canonical form (token/key.h)
};

// Where the request came from, after trusted_ips and real_ip_header were applied.
struct ClientInfo {
  Endpoint peer;                 // the other end of the connection
  Endpoint local;                // our end
  IpAddress address;             // the client, as far as it can be believed
  bool secure = false;           // TLS on this connection
  std::string_view server_name;  // that the TLS client named (SNI); empty: none
  bool peer_trusted = false;     // the peer's X-Forwarded-* are believed
};

// What a stage allows of a body whose length the head does not tell. The exchange counts what arrives and answers a
// longer one with this status and message, as the gateway's error; best before any of it went to an origin.
struct BodyLimit {
  uint64_t bytes = UINT64_MAX;
  uint16_t status = 413;
  std::string_view message;  // a literal, or in the snapshot
};

// A request's body that a stage must have whole before it can go on. The stage asks by setting kWanted and most_bytes
// and answering kWait; the exchange fills in the rest and runs the stage again, which goes on where it stopped.
struct WholeBody {
  enum class State : uint8_t {
    kStreaming,  // nobody has asked: it goes to the origin as it comes
    kWanted,
    kRead,     // `bytes` is all of it
    kNotRead,  // it is too long, or there is no memory: it goes to the origin as it came
  };
  State state = State::kStreaming;
  size_t most_bytes = 0;
  // kRead: what the origin will get. A stage may put other bytes in their place that live as long as the arena.
  std::string_view bytes;
};

struct RequestContext {
  RequestContext(WorkerContext& w, Arena& a, Request& r) : worker(w), arena(a), request(r), answer(a) {}

  WorkerContext& worker;
  Arena& arena;
  Request& request;
  Answer answer;
  BodyLimit body_limit;
  WholeBody body;
  ClientInfo client;
  VerifiedToken token;
  match::Scratch* scratch = nullptr;  // of this worker and of the snapshot that the exchange pins (match/scratch.h)
  token::VerifiedMemory* verified_tokens = nullptr;  // of this worker (token/verified_memory.h)
  Desks desks;                                       // of this worker: where a plugin asks control
  std::string_view request_id;                       // 32 lower-case hex digits
  Instant started{};
  WaitHandle wait;        // of the stage that is running now
  Duration wait_limit{};  // a stage that answers kWait may need as long; less than what is usual says nothing
};

}  // namespace sluice::http
