// What is measured: policies of so many routes or consumers, and each plugin alone.
#pragma once

#include <string>
#include <vector>

#include "micro/world.h"

namespace sluice::micro {

struct Table {
  std::string title;
  std::string columns;  // heading of the first column
  size_t baseline = 0;  // the row that the others are compared with
  std::vector<Row> rows;
};

// How large the largest policies are, and how many new tokens there are. The test of these rows makes them small.
struct Scale {
  unsigned routes = 10'000;
  unsigned regexes = 1'000;
  unsigned consumers = 100'000;
  unsigned tokens = 20'000;  // more than a worker remembers
};

std::vector<Table> tables(const Scale& scale);

}  // namespace sluice::micro
