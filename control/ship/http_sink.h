// HttpSink: batches of records as bodies of HTTP requests: http-log, and opentelemetry's OTLP.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "ship/sink.h"

namespace sluice::control {

// How an HttpSink sends.
struct HttpTarget {
  std::string url;
  std::string method;
  std::vector<std::string> headers;  // "Name: value"
  Duration timeout;                  // of a whole try
  Duration connect_timeout;
  Duration keepalive;  // how long a connection may rest
  std::function<std::string(const std::vector<std::string>&)> body_of;
};

class HttpSink final : public Sink {
 public:
  HttpSink(HttpTarget target, const policy::LogQueue& queue, Transfers& transfers);
  ~HttpSink() override;

  void poll(Instant now) override;

 private:
  void set_up();
  void on_done(CURLcode result);

  const HttpTarget target_;
  Transfers& transfers_;
  CurlHandle easy_;
  curl_slist* headers_ = nullptr;
  std::string body_;  // of the request under way
  Instant now_{};     // the last poll's
};

}  // namespace sluice::control
