// HttpServer: the control socket: HTTP over a Unix socket, on libevent. Mode 0600, so only its owner may talk.
//
// Answers may come later than the request: a handler gets a Responder that it can keep. Runs on the event loop.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "loop/event_loop.h"

struct evhttp;
struct evhttp_request;

namespace sluice::control {

struct AdminRequest {
  std::string method;
  std::string path;   // decoded, without query
  std::string query;  // as sent
  std::string content_type;
  std::string body;

  // The value of a query argument; none when it is absent.
  std::optional<std::string> argument(std::string_view name) const;
};

struct AdminResponse {
  int status = 200;
  std::string content_type = "application/json; charset=utf-8";
  std::string body;
};

// Answers one request, once. Copyable; if the client has gone meanwhile, the answer is dropped.
using Responder = std::function<void(AdminResponse)>;

class HttpServer {
 public:
  using Handler = std::function<void(const AdminRequest&, Responder)>;

  // Requests larger than this are refused with 413 by libevent.
  static constexpr size_t kMostBodyBytes = 256 << 20;

  // Listens on `path`; a socket that an ended process left there is replaced, a live one is an error.
  // On failure `error` says what and why.
  static std::unique_ptr<HttpServer> listen(EventLoop& loop, const std::string& path, Handler handler,
                                            std::string& error);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

 private:
  HttpServer(EventLoop& loop, std::string path, Handler handler);
  void serve(evhttp_request* raw);

  std::string path_;
  Handler handler_;
  evhttp* http_;
};

}  // namespace sluice::control
