#include "admin/http_server.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <exception>
#include <utility>

namespace sluice::control {

namespace {

constexpr int kAllMethods = EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_HEAD | EVHTTP_REQ_PUT | EVHTTP_REQ_DELETE |
                            EVHTTP_REQ_OPTIONS | EVHTTP_REQ_PATCH;

const char* method_name(evhttp_cmd_type method) {
  switch (method) {
    case EVHTTP_REQ_GET:
      return "GET";
    case EVHTTP_REQ_POST:
      return "POST";
    case EVHTTP_REQ_HEAD:
      return "HEAD";
    case EVHTTP_REQ_PUT:
      return "PUT";
    case EVHTTP_REQ_DELETE:
      return "DELETE";
    case EVHTTP_REQ_OPTIONS:
      return "OPTIONS";
    case EVHTTP_REQ_PATCH:
      return "PATCH";
    default:
      return "";
  }
}

std::string decoded(const char* text) {
  size_t size = 0;
  char* out = evhttp_uridecode(text == nullptr ? "" : text, 0, &size);
  std::string result(out == nullptr ? "" : out, out == nullptr ? 0 : size);
  free(out);
  return result;
}

AdminRequest read_request(evhttp_request* raw) {
  AdminRequest request;
  request.method = method_name(evhttp_request_get_command(raw));
  const evhttp_uri* uri = evhttp_request_get_evhttp_uri(raw);
  request.path = decoded(evhttp_uri_get_path(uri));
  const char* query = evhttp_uri_get_query(uri);
  request.query = query == nullptr ? "" : query;
  const char* type = evhttp_find_header(evhttp_request_get_input_headers(raw), "Content-Type");
  request.content_type = type == nullptr ? "" : type;
  evbuffer* body = evhttp_request_get_input_buffer(raw);
  request.body.resize(evbuffer_get_length(body));
  evbuffer_copyout(body, request.body.data(), request.body.size());
  return request;
}

void send(evhttp_request* raw, const AdminResponse& response) {
  evkeyvalq* headers = evhttp_request_get_output_headers(raw);
  if (!response.content_type.empty()) evhttp_add_header(headers, "Content-Type", response.content_type.c_str());
  if (!response.allow.empty()) evhttp_add_header(headers, "Allow", response.allow.c_str());
  evbuffer* body = evbuffer_new();
  if (evhttp_request_get_command(raw) == EVHTTP_REQ_HEAD) {
    // libevent would send the body all the same.
    evhttp_add_header(headers, "Content-Length", std::to_string(response.body.size()).c_str());
  } else {
    evbuffer_add(body, response.body.data(), response.body.size());
  }
  evhttp_send_reply(raw, response.status, nullptr, body);
  evbuffer_free(body);
}

// What a request that waits for its answer shares with its Responder: nulled when the client goes first.
struct Pending {
  evhttp_request* raw;
};

// Whether a process still answers on the socket.
bool alive(const sockaddr_un& address) {
  const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool answers = connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(probe);
  return answers;
}

// A listening socket with mode 0600 from its first moment on, or -1 with errno.
int bind_private(const sockaddr_un& address) {
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (listener < 0) return -1;
  const mode_t before = umask(0177);
  const bool bound = bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  umask(before);
  if (bound && ::listen(listener, 64) == 0) return listener;
  const int cause = errno;
  close(listener);
  errno = cause;
  return -1;
}

}  // namespace

std::unique_ptr<HttpServer> HttpServer::listen(EventLoop& loop, const std::string& path, Handler handler,
                                               std::string& error) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    error = path + ": longer than the " + std::to_string(sizeof address.sun_path - 1) + " bytes a Unix socket may have";
    return nullptr;
  }
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  struct stat found;
  if (lstat(path.c_str(), &found) == 0) {
    if (!S_ISSOCK(found.st_mode)) {
      error = path + ": exists and is not a socket";
      return nullptr;
    }
    if (alive(address)) {
      error = path + ": another process listens there";
      return nullptr;
    }
    unlink(path.c_str());
  }
  const int listener = bind_private(address);
  if (listener < 0) {
    error = path + ": " + std::strerror(errno);
    return nullptr;
  }
  std::unique_ptr<HttpServer> server(new HttpServer(loop, path, std::move(handler)));
  if (evhttp_accept_socket(server->http_, listener) != 0) {
    close(listener);
    error = path + ": libevent refused the socket";
    return nullptr;
  }
  return server;
}

std::unique_ptr<HttpServer> HttpServer::listen(EventLoop& loop, const IpAddress& address, Port port,
                                               policy::Secret token, Duration most_silence, Handler handler,
                                               std::string& error) {
  std::unique_ptr<HttpServer> server(new HttpServer(loop, {}, std::move(handler)));
  server->token_ = std::move(token);
  const timeval silence{.tv_sec = most_silence.s(), .tv_usec = most_silence.us() % 1'000'000};
  evhttp_set_timeout_tv(server->http_, &silence);
  const std::string text = address.to_string();
  if (evhttp_bound_socket* const bound = evhttp_bind_socket_with_handle(server->http_, text.c_str(), port.value)) {
    server->bound_ =
        std::make_unique<ConnectionBound>(loop.base(), evhttp_bound_socket_get_listener(bound), kMostConnections);
    const auto begin = [](event_base*, void* of) { return static_cast<ConnectionBound*>(of)->begin(); };
    evhttp_set_bevcb(server->http_, begin, server->bound_.get());
    return server;
  }
  error = "admin: " + text + " port " + std::to_string(port.value) + ": " + std::strerror(errno);
  return nullptr;
}

HttpServer::HttpServer(EventLoop& loop, std::string path, Handler handler)
    : path_(std::move(path)), handler_(std::move(handler)), http_(evhttp_new(loop.base())) {
  evhttp_set_allowed_methods(http_, kAllMethods);
  evhttp_set_max_headers_size(http_, static_cast<ev_ssize_t>(kMostHeadBytes));
  evhttp_set_max_body_size(http_, static_cast<ev_ssize_t>(kMostBodyBytes));
  evhttp_set_gencb(http_, [](evhttp_request* raw, void* self) { static_cast<HttpServer*>(self)->serve(raw); }, this);
}

HttpServer::~HttpServer() {
  evhttp_free(http_);
  if (!path_.empty()) unlink(path_.c_str());
}

HttpServer::Use HttpServer::use() const {
  return bound_ == nullptr ? Use() : Use{bound_->open(), bound_->times_full()};
}

// The socket's mode admits whoever reaches it over the Unix socket.
bool HttpServer::admits(evhttp_request* raw) const {
  if (!path_.empty()) return true;
  const evkeyvalq* headers = evhttp_request_get_input_headers(raw);
  constexpr std::string_view kBearer = "Bearer ";
  const char* bearer = evhttp_find_header(headers, "Authorization");
  const char* own = evhttp_find_header(headers, "Kong-Admin-Token");
  std::string_view shown = own == nullptr ? "" : own;
  if (bearer != nullptr && std::string_view(bearer).starts_with(kBearer)) shown = bearer + kBearer.size();
  return token_.equals(shown);
}

void HttpServer::serve(evhttp_request* raw) {
  if (!admits(raw)) return send(raw, json_answer(401, {{"message", "Unauthorized"}}));
  auto pending = std::make_shared<Pending>(Pending{raw});
  // The connection's close callback outlives neither the connection nor the shared state it owns a reference to.
  auto* watched = new std::shared_ptr<Pending>(pending);
  evhttp_connection_set_closecb(
      evhttp_request_get_connection(raw),
      [](evhttp_connection*, void* p) {
        auto* shared = static_cast<std::shared_ptr<Pending>*>(p);
        (*shared)->raw = nullptr;
        delete shared;
      },
      watched);
  const Responder respond = [pending, watched](AdminResponse response) {
    evhttp_request* waiting = std::exchange(pending->raw, nullptr);
    if (waiting == nullptr) return;
    evhttp_connection_set_closecb(evhttp_request_get_connection(waiting), nullptr, nullptr);
    delete watched;
    send(waiting, response);
  };
  try {
    handler_(read_request(raw), respond);
  } catch (const std::exception&) {
    // A request costs its own answer and nobody else's.
    respond(unexpected_error());
  }
}

}  // namespace sluice::control
