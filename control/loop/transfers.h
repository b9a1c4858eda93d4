// Transfers: libcurl's many transfers at once, without a thread for each. Used by one thread alone.
//
// Moved on by an event loop, or by poll() where a thread has nothing else to wait for. Connections outlive the
// transfers that made them, and serve later ones.
#pragma once

#include <curl/curl.h>

#include <functional>
#include <map>
#include <memory>

#include "loop/event_loop.h"
#include "sluice/units.h"

namespace sluice::control {

struct CurlDeleter {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
using CurlHandle = std::unique_ptr<CURL, CurlDeleter>;

class Transfers {
 public:
  // Moved on by poll().
  Transfers();
  // Moved on by the loop, which outlives them. resting: connections kept for later transfers, at most.
  Transfers(EventLoop& loop, unsigned resting);
  ~Transfers();
  Transfers(const Transfers&) = delete;
  Transfers& operator=(const Transfers&) = delete;

  // Begins what `easy` is set up for; `done` is called once, later, by poll() or the loop. The handle stays the
  // caller's, who calls end() before it is changed, used again or destroyed.
  void begin(CURL* easy, std::function<void(CURLcode)> done);
  void end(CURL* easy);

  // Waits at most `limit` for something to happen, then moves all transfers on.
  void poll(Duration limit);
  // Ends a wait of poll(). Any thread.
  void wake() { curl_multi_wakeup(multi_); }

 private:
  // A socket of libcurl's on the loop.
  struct Socket {
    Transfers* transfers;
    curl_socket_t descriptor;
    event* source;
  };
  struct EventDeleter {
    void operator()(event* source) const;
  };

  static int on_interest(CURL* easy, curl_socket_t descriptor, int what, void* self, void* socket);
  static int on_timer(CURLM* multi, long timeout_ms, void* self);
  void move_on(curl_socket_t descriptor, int what);
  void tell_done();

  CURLM* multi_;
  event_base* base_ = nullptr;  // nullptr: moved on by poll()
  std::unique_ptr<event, EventDeleter> timer_;
  std::map<CURL*, std::function<void(CURLcode)>> under_way_;
};

}  // namespace sluice::control
