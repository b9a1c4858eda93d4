// LogFile: appends whole lines to a file; reopened when it was moved away (log rotation). Used by one thread.
// A path of "off" keeps no log, as Kong's proxy_access_log does.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::control {

class LogFile {
 public:
  explicit LogFile(std::string path) : path_(std::move(path)) {}
  ~LogFile();
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  // Whether lines are kept at all.
  bool is_on() const { return path_ != "off"; }

  // Opens the file (mode 0640, its folder must exist); an empty string, or why not.
  std::string open();
  // Closes and opens again: what `path` names now gets the following lines.
  std::string reopen();

  // Appends `lines`; false when the disk did not take all of them. A line cut short is ended before the next one.
  bool write(std::string_view lines);

 private:
  std::string path_;
  int descriptor_ = -1;
  bool torn_ = false;  // the last write ended inside a line
};

}  // namespace sluice::control
