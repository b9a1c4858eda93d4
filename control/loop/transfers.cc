#include "loop/transfers.h"

#include <event2/event.h>

#include <utility>

namespace sluice::control {

Transfers::Transfers() {
  curl_global_init(CURL_GLOBAL_DEFAULT);
  multi_ = curl_multi_init();
}

Transfers::Transfers(EventLoop& loop, unsigned resting) : Transfers() {
  base_ = loop.base();
  const auto fire = [](int, short, void* self) { static_cast<Transfers*>(self)->move_on(CURL_SOCKET_TIMEOUT, 0); };
  timer_.reset(event_new(base_, -1, 0, fire, this));
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(resting));
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, on_interest);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, on_timer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
}

Transfers::~Transfers() {
  for (const auto& [easy, done] : under_way_) curl_multi_remove_handle(multi_, easy);
  curl_multi_cleanup(multi_);
}

void Transfers::EventDeleter::operator()(event* source) const {
  event_free(source);
}

void Transfers::begin(CURL* easy, std::function<void(CURLcode)> done) {
  under_way_[easy] = std::move(done);
  // libcurl looks a name up on a thread of its own, and would wait for that thread wherever a transfer ends before it.
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
  curl_multi_add_handle(multi_, easy);
}

void Transfers::end(CURL* easy) {
  if (under_way_.erase(easy) > 0) curl_multi_remove_handle(multi_, easy);
}

void Transfers::poll(Duration limit) {
  curl_multi_poll(multi_, nullptr, 0, static_cast<int>(limit.ms()), nullptr);
  int running = 0;
  curl_multi_perform(multi_, &running);
  tell_done();
}

// libcurl says what it waits for at a socket; it keeps our Socket with its own.
int Transfers::on_interest(CURL*, curl_socket_t descriptor, int what, void* self, void* known) {
  auto* const transfers = static_cast<Transfers*>(self);
  auto* socket = static_cast<Socket*>(known);
  if (socket != nullptr) event_free(socket->source);
  if (what == CURL_POLL_REMOVE) {
    delete socket;
    curl_multi_assign(transfers->multi_, descriptor, nullptr);
    return 0;
  }
  if (socket == nullptr) {
    socket = new Socket{transfers, descriptor, nullptr};
    curl_multi_assign(transfers->multi_, descriptor, socket);
  }
  const auto fire = [](evutil_socket_t ready, short events, void* of) {
    const int bits =
        ((events & EV_READ) != 0 ? CURL_CSELECT_IN : 0) | ((events & EV_WRITE) != 0 ? CURL_CSELECT_OUT : 0);
    // The socket may be gone when this returns.
    static_cast<Socket*>(of)->transfers->move_on(ready, bits);
  };
  const int events =
      EV_PERSIST | ((what & CURL_POLL_IN) != 0 ? EV_READ : 0) | ((what & CURL_POLL_OUT) != 0 ? EV_WRITE : 0);
  socket->source = event_new(transfers->base_, descriptor, static_cast<short>(events), fire, socket);
  event_add(socket->source, nullptr);
  return 0;
}

int Transfers::on_timer(CURLM*, long timeout_ms, void* self) {
  event* const timer = static_cast<Transfers*>(self)->timer_.get();
  if (timeout_ms < 0) {
    event_del(timer);
    return 0;
  }
  const timeval after{timeout_ms / 1000, timeout_ms % 1000 * 1000};
  event_add(timer, &after);
  return 0;
}

void Transfers::move_on(curl_socket_t descriptor, int what) {
  int running = 0;
  curl_multi_socket_action(multi_, descriptor, what, &running);
  tell_done();
}

void Transfers::tell_done() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode result = message->data.result;
    const auto found = under_way_.find(message->easy_handle);
    if (found == under_way_.end()) continue;
    // Only told once; what the caller does in it may end the transfer.
    if (const auto done = std::exchange(found->second, nullptr)) done(result);
  }
}

}  // namespace sluice::control
