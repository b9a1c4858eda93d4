// Transfers: libcurl's many transfers at once, without a thread for each. Used by the shipper's thread alone.
#pragma once

#include <curl/curl.h>

#include <functional>
#include <map>
#include <memory>

#include "sluice/units.h"

namespace sluice::control {

struct CurlDeleter {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
using CurlHandle = std::unique_ptr<CURL, CurlDeleter>;

class Transfers {
 public:
  Transfers();
  ~Transfers();
  Transfers(const Transfers&) = delete;
  Transfers& operator=(const Transfers&) = delete;

  // Begins what `easy` is set up for; `done` is called by poll(), once. The handle stays the caller's, who calls end()
  // before it is changed, used again or destroyed.
  void begin(CURL* easy, std::function<void(CURLcode)> done);
  void end(CURL* easy);

  // Waits at most `limit` for something to happen, then moves all transfers on.
  void poll(Duration limit);
  // Ends a wait of poll(). Any thread.
  void wake() { curl_multi_wakeup(multi_); }

 private:
  CURLM* multi_;
  std::map<CURL*, std::function<void(CURLcode)>> under_way_;
};

}  // namespace sluice::control
