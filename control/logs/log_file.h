// LogFile: appends whole lines to a file; reopened when it was moved away (log rotation). Used by one thread, which it
// never makes wait: the path may name a FIFO or a pipe (/dev/stdout) that nobody reads.
// A path of "off" keeps no log, as Kong's proxy_access_log does.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sluice/units.h"

namespace sluice::control {

class LogFile {
 public:
  explicit LogFile(std::string path) : path_(std::move(path)) {}
  ~LogFile();
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  // Whether lines are kept at all.
  bool is_on() const { return path_ != "off"; }

  // Opens the file (mode 0640, its folder must exist; a FIFO must have a reader); an empty string, or why not.
  std::string open();
  // Closes and opens again: what `path` names now gets the following lines.
  std::string reopen();

  // Appends what the file takes of `lines` at once and takes it off them: what is left is to be given again, or given
  // up. False when it is refused, as by a full disk; then it has been given up.
  bool write(std::string_view& lines);
  // What was left of the last write will not come: a line cut short is ended before the next one.
  void give_up() { torn_ = inside_a_line_; }
  // Whether the file takes more within `patience`.
  bool wait(Duration patience) const;

 private:
  bool put(std::string_view& text);

  std::string path_;
  int descriptor_ = -1;
  bool inside_a_line_ = false;  // the last byte written did not end one
  bool torn_ = false;
};

}  // namespace sluice::control
