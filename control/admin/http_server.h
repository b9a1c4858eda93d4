// HttpServer: HTTP for those who operate Sluice, on libevent: over the control socket, a Unix socket of mode 0600, so
// only its owner may talk; or over a TCP port of the kernel's, where every request must show a token.
//
// Answers may come later than the request: a handler gets a Responder that it can keep. Runs on the event loop.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "admin/admin_message.h"
#include "admin/connection_bound.h"
#include "config/yaml_tree.h"
#include "loop/event_loop.h"
#include "sluice/ip_address.h"
#include "sluice/policy/secret.h"
#include "sluice/units.h"

struct evhttp;
struct evhttp_request;

namespace sluice::control {

// Answers one request, once. Copyable; if the client has gone meanwhile, the answer is dropped.
using Responder = std::function<void(AdminResponse)>;

class HttpServer {
 public:
  using Handler = std::function<void(const AdminRequest&, Responder)>;

  // A longer head is refused with 400 by libevent, a longer body with 413, both before a token is looked at.
  static constexpr size_t kMostHeadBytes = 64 << 10;
  // The longest policy, and as much again for what JSON or a form add to it.
  static constexpr size_t kMostBodyBytes = 2 * config::YamlTree::kMostBytes;
  // Of a TCP port: as many bodies may be there before anybody has shown a token. decK opens ten.
  static constexpr size_t kMostConnections = 16;
  // Of a TCP port: a connection on which nothing moves for so long is closed, so that silent ones give their places
  // back.
  static constexpr Duration kMostSilence = Duration::seconds(60);

  // Listens on `path`; a socket that an ended process left there is replaced, a live one is an error.
  // On failure `error` says what and why.
  static std::unique_ptr<HttpServer> listen(EventLoop& loop, const std::string& path, Handler handler,
                                            std::string& error);
  // Listens on a TCP port. A request without `token`, as a bearer token or in Kong-Admin-Token, is answered 401.
  static std::unique_ptr<HttpServer> listen(EventLoop& loop, const IpAddress& address, Port port, policy::Secret token,
                                            Duration most_silence, Handler handler, std::string& error);
  ~HttpServer();

  // How a TCP port is used.
  struct Use {
    size_t connections = 0;
    uint64_t times_full = 0;  // how often it had kMostConnections
  };
  Use use() const;

  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

 private:
  HttpServer(EventLoop& loop, std::string path, Handler handler);
  void serve(evhttp_request* raw);
  bool admits(evhttp_request* raw) const;

  std::string path_;  // of the Unix socket; empty: TCP
  policy::Secret token_;
  Handler handler_;
  evhttp* http_;
  std::unique_ptr<ConnectionBound> bound_;  // of a TCP port
};

}  // namespace sluice::control
