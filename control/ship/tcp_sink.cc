#include "ship/tcp_sink.h"

#include <fmt/format.h>

#include <utility>

namespace sluice::control {

namespace {

policy::LogQueue tcp_queue() {
  policy::LogQueue queue;
  queue.max_batch_size = 100;
  queue.max_coalescing_delay = Duration::milliseconds(100);
  return queue;
}

std::string bracketed(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

}  // namespace

TcpSink::TcpSink(const policy::TcpLogConfig& config, Transfers& transfers)
    : Sink(tcp_queue()), config_(config), timeout_(patience(config.timeout)), transfers_(transfers) {}

void TcpSink::poll(Instant now) {
  now_ = now;
  if (!busy_) {
    if (const std::vector<std::string>* batch = queue_.try_take(now)) {
      unsent_.clear();
      for (const std::string& record : *batch) unsent_ += record + "\n";
      busy_ = true;
      last_use_ = now;
      if (state_ == State::kOpen && closed_by_peer()) disconnect();
      if (state_ == State::kClosed) connect();
    }
  }
  if (busy_ && state_ == State::kOpen) send();
  if (busy_ && now - last_use_ > timeout_) fail();
  if (!busy_ && state_ == State::kOpen && now - last_use_ > config_.keepalive) disconnect();
}

// libcurl resolves, connects and shakes hands; then the connection is ours (CURLOPT_CONNECT_ONLY).
void TcpSink::connect() {
  easy_.reset(curl_easy_init());
  CURL* easy = easy_.get();
  const std::string host = bracketed(config_.host);
  const std::string name = config_.tls_sni.value_or(host);
  curl_easy_setopt(easy, CURLOPT_URL,
                   fmt::format("{}://{}:{}", config_.tls ? "https" : "http", name, config_.port.value).c_str());
  connect_to_ = curl_slist_append(nullptr, fmt::format("::{}:{}", host, config_.port.value).c_str());
  curl_easy_setopt(easy, CURLOPT_CONNECT_TO, connect_to_);
  curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(timeout_.ms()));
  state_ = State::kConnecting;
  transfers_.begin(easy, [this](CURLcode result) { on_connected(result); });
}

void TcpSink::on_connected(CURLcode result) {
  if (result != CURLE_OK) return fail();
  state_ = State::kOpen;
  last_use_ = now_;
  send();
}

void TcpSink::send() {
  while (!unsent_.empty()) {
    size_t n = 0;
    const CURLcode result = curl_easy_send(easy_.get(), unsent_.data(), unsent_.size(), &n);
    if (result == CURLE_AGAIN) return;
    if (result != CURLE_OK) return fail();
    unsent_.erase(0, n);
    last_use_ = now_;
  }
  busy_ = false;
  queue_.sent();
}

// A server that went away while nothing was sent would swallow the next lines.
bool TcpSink::closed_by_peer() {
  char bytes[256];
  size_t n = 0;
  CURLcode result;
  while ((result = curl_easy_recv(easy_.get(), bytes, sizeof bytes, &n)) == CURLE_OK && n > 0) {
  }
  return result != CURLE_AGAIN;
}

void TcpSink::fail() {
  disconnect();
  busy_ = false;
  queue_.failed(now_);
}

void TcpSink::disconnect() {
  if (easy_ != nullptr) transfers_.end(easy_.get());
  easy_.reset();
  curl_slist_free_all(std::exchange(connect_to_, nullptr));
  state_ = State::kClosed;
}

}  // namespace sluice::control
