#include "leases/redis_store.h"

#include <hiredis/adapters/libevent.h>
#include <hiredis/async.h>

#include <array>
#include <utility>

#include "leases/redis_script.h"

namespace sluice::control {

namespace {

constexpr Duration kRetryInterval = Duration::seconds(1);

// An error reply without what Redis quotes of the command in it.
std::string error_text(const redisReply& reply) {
  const std::string_view text(reply.str, reply.len);
  return "answered " + std::string(text.substr(0, text.find_first_of(" \r\n")));
}

bool is_error(const redisReply* reply) {
  return reply == nullptr || reply->type == REDIS_REPLY_ERROR;
}

void send_arguments(redisAsyncContext* connection, redisCallbackFn* callback, void* self,
                    const std::vector<std::string>& arguments) {
  std::vector<const char*> texts;
  std::vector<size_t> sizes;
  for (const std::string& argument : arguments) {
    texts.push_back(argument.data());
    sizes.push_back(argument.size());
  }
  redisAsyncCommandArgv(connection, callback, self, static_cast<int>(texts.size()), texts.data(), sizes.data());
}

// Two numbers a counter; empty when the reply is something else.
std::vector<StoreAnswer> read_answers(const redisReply& reply) {
  std::vector<StoreAnswer> answers;
  if (reply.type != REDIS_REPLY_ARRAY || reply.elements % 2 != 0) return answers;
  for (size_t i = 0; i < reply.elements; i += 2) {
    const redisReply& leased = *reply.element[i];
    const redisReply& counted = *reply.element[i + 1];
    if (leased.type != REDIS_REPLY_INTEGER || counted.type != REDIS_REPLY_INTEGER) return {};
    if (leased.integer < 0 || leased.integer > UINT32_MAX) return {};
    answers.push_back(
        {static_cast<uint32_t>(leased.integer), static_cast<uint64_t>(counted.integer < 0 ? 0 : counted.integer)});
  }
  return answers;
}

}  // namespace

std::string_view to_text(RedisStore::State state) {
  constexpr std::array<std::string_view, 3> kTexts = {"connecting", "ready", "away"};
  return kTexts[static_cast<size_t>(state)];
}

RedisStore::RedisStore(event_base* base, const policy::RedisConfig& config, std::function<void(State)> on_state)
    : base_(base), config_(config), on_state_(std::move(on_state)) {}

RedisStore::~RedisStore() {
  drop_connection();
}

void RedisStore::lease(const std::vector<StoreCounter>& counters, Answer answer) {
  std::vector<std::string> arguments = {"EVAL", kLeaseScript, std::to_string(counters.size())};
  for (const StoreCounter& counter : counters) arguments.push_back(counter.key);
  for (const StoreCounter& counter : counters) {
    for (const uint32_t number : {counter.most, counter.owed, counter.needed, counter.wanted}) {
      arguments.push_back(std::to_string(number));
    }
    arguments.push_back(std::to_string(counter.forget_after.s()));
  }
  enqueue(std::move(arguments), std::move(answer));
}

void RedisStore::give_back(const std::string& key, uint32_t tokens, Answer answer) {
  enqueue({"EVAL", kGiveBackScript, "1", key, std::to_string(tokens)}, std::move(answer));
}

void RedisStore::enqueue(std::vector<std::string> arguments, Answer answer) {
  if (state_ == State::kAway) return answer({});
  commands_.push_back({std::move(arguments), std::move(answer), now_ + config_.timeout});
  if (state_ == State::kReady) send(commands_.back());
}

void RedisStore::send(Command& command) {
  send_arguments(connection_, &RedisStore::on_reply, this, command.arguments);
  command.arguments.clear();
  command.sent = true;
}

void RedisStore::set_address(const std::optional<IpAddress>& address) {
  address_ = address;
  if (connection_ != nullptr) return;
  if (!address_) return go_away("its host has no address");
  if (state_ == State::kConnecting) connect();
}

void RedisStore::connect() {
  connection_ = redisAsyncConnect(address_->to_string().c_str(), config_.port.value);
  if (connection_ == nullptr || connection_->err != 0) return go_away("no connection can be made");
  connection_->data = this;
  connect_deadline_ = now_ + config_.timeout;
  if (redisLibeventAttach(connection_, base_) != REDIS_OK ||
      redisAsyncSetConnectCallback(connection_, &RedisStore::on_connect) != REDIS_OK ||
      redisAsyncSetDisconnectCallback(connection_, &RedisStore::on_disconnect) != REDIS_OK) {
    go_away("no connection can be made");
  }
}

// hiredis frees the connection when this returns, if it failed; the same goes for on_disconnect.
void RedisStore::on_connect(const redisAsyncContext* context, int status) {
  auto* const self = static_cast<RedisStore*>(context->data);
  if (self == nullptr) return;
  if (status == REDIS_OK) return self->greet();
  self->connection_ = nullptr;
  self->go_away("the connection was refused");
}

void RedisStore::on_disconnect(const redisAsyncContext* context, int) {
  auto* const self = static_cast<RedisStore*>(context->data);
  if (self == nullptr) return;
  self->connection_ = nullptr;
  self->go_away("the connection was lost");
}

// AUTH and SELECT as far as they are configured, then PING: the last answer says that Redis works.
void RedisStore::greet() {
  std::vector<std::vector<std::string>> greeting;
  if (!config_.password.empty()) {
    greeting.push_back({"AUTH"});
    if (!config_.username.empty()) greeting.back().emplace_back(config_.username.reveal());
    greeting.back().emplace_back(config_.password.reveal());
  }
  if (config_.database != 0) greeting.push_back({"SELECT", std::to_string(config_.database)});
  greeting.push_back({"PING"});
  greetings_ = static_cast<unsigned>(greeting.size());
  for (const auto& arguments : greeting) send_arguments(connection_, &RedisStore::on_greeting, this, arguments);
}

void RedisStore::on_greeting(redisAsyncContext* context, void* reply, void* self) {
  if (context->data != nullptr) static_cast<RedisStore*>(self)->greeted(static_cast<const redisReply*>(reply));
}

void RedisStore::greeted(const redisReply* reply) {
  // Without a reply the connection is ending, which is told apart.
  if (reply == nullptr || connection_ == nullptr) return;
  if (is_error(reply)) return go_away(error_text(*reply));
  if (--greetings_ > 0) return;
  connect_deadline_ = Instant::never();
  set_state(State::kReady);
  for (Command& command : commands_) {
    if (!command.sent) send(command);
  }
}

void RedisStore::on_reply(redisAsyncContext* context, void* reply, void* self) {
  if (context->data != nullptr) static_cast<RedisStore*>(self)->answered(static_cast<const redisReply*>(reply));
}

void RedisStore::answered(const redisReply* reply) {
  if (reply == nullptr || connection_ == nullptr) return;
  if (is_error(reply)) return go_away(error_text(*reply));
  const std::vector<StoreAnswer> answers = read_answers(*reply);
  if (answers.empty()) return go_away("answered what makes no sense");
  const Command command = std::move(commands_.front());
  commands_.pop_front();
  command.answer(answers);
}

void RedisStore::poll(Instant now) {
  now_ = now;
  if (connect_deadline_ < now || (!commands_.empty() && commands_.front().deadline < now)) {
    return go_away("it did not answer in time");
  }
  const bool idle = state_ == State::kAway && connection_ == nullptr && address_;
  if (idle && retry_at_ <= now) connect();
}

// Fails whatever waits. The state is told last, so that who hears it may ask again.
void RedisStore::go_away(std::string reason) {
  drop_connection();
  last_error_ = std::move(reason);
  retry_at_ = now_ + kRetryInterval;
  connect_deadline_ = Instant::never();
  state_ = State::kAway;
  const std::deque<Command> failed = std::exchange(commands_, {});
  on_state_(state_);
  for (const Command& command : failed) command.answer({});
}

// A connection without an owner calls nobody back.
void RedisStore::drop_connection() {
  redisAsyncContext* const connection = std::exchange(connection_, nullptr);
  if (connection == nullptr) return;
  connection->data = nullptr;
  redisAsyncFree(connection);
}

void RedisStore::set_state(State state) {
  state_ = state;
  on_state_(state);
}

}  // namespace sluice::control
