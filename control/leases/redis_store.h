// RedisStore: one Redis and the connection to it, on the event loop, by hiredis.
//
// Made by the LeaseKeeper when a policy's first question names it. It is connecting, ready or away. While it connects
// for the first time questions wait; when it is away they fail at once, so that only those that were under way when it
// went pay for its timeout. Away, it tries again every second, and is ready when Redis has answered a PING.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "leases/counter_store.h"
#include "sluice/ip_address.h"
#include "sluice/policy/plugins/counter_policy.h"
#include "sluice/units.h"

struct event_base;
struct redisAsyncContext;
struct redisReply;

namespace sluice::control {

class RedisStore final : public CounterStore {
 public:
  enum class State : uint8_t { kConnecting, kReady, kAway };

  // on_state: called whenever the state has changed. The base outlives the store.
  RedisStore(event_base* base, const policy::RedisConfig& config, std::function<void(State)> on_state);
  ~RedisStore() override;
  RedisStore(const RedisStore&) = delete;
  RedisStore& operator=(const RedisStore&) = delete;

  void lease(const std::vector<StoreCounter>& counters, Answer answer) override;
  void give_back(const std::string& key, uint32_t tokens, Answer answer) override;

  // Where the host of the configuration is; connects as soon as it is known. None: it has no address.
  void set_address(const std::optional<IpAddress>& address);
  // Looks after timeouts and tries to come back. `now` on any steady clock; called every few milliseconds.
  void poll(Instant now);

  const policy::RedisConfig& config() const { return config_; }
  State state() const { return state_; }
  // Why it was away last, in words that show no secret; empty: never.
  const std::string& last_error() const { return last_error_; }

 private:
  // A command and who waits for its answer.
  struct Command {
    std::vector<std::string> arguments;
    Answer answer;
    Instant deadline;
    bool sent = false;
  };

  static void on_connect(const redisAsyncContext* context, int status);
  static void on_disconnect(const redisAsyncContext* context, int status);
  static void on_greeting(redisAsyncContext* context, void* reply, void* self);
  static void on_reply(redisAsyncContext* context, void* reply, void* self);

  void enqueue(std::vector<std::string> arguments, Answer answer);
  void send(Command& command);
  void connect();
  void greet();
  void greeted(const redisReply* reply);
  void answered(const redisReply* reply);
  void go_away(std::string reason);
  void drop_connection();
  void set_state(State state);

  event_base* const base_;
  const policy::RedisConfig config_;
  const std::function<void(State)> on_state_;
  std::optional<IpAddress> address_;
  redisAsyncContext* connection_ = nullptr;  // nullptr: none
  unsigned greetings_ = 0;                   // commands of the greeting whose replies are to come
  State state_ = State::kConnecting;
  std::deque<Command> commands_;  // oldest first
  Instant now_{};
  Instant connect_deadline_ = Instant::never();
  Instant retry_at_{};
  std::string last_error_;
};

std::string_view to_text(RedisStore::State state);

}  // namespace sluice::control
