#include "heap/heap_watch.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

namespace sluice::heap {
namespace {

TEST(HeapWatch, EveryRoadToTheHeap_Counts) {
  void* kept[3] = {};
  const uint64_t counted = allocations([&] {
    kept[0] = ::operator new(8);
    kept[1] = std::malloc(8);
    kept[2] = std::calloc(1, 8);
  });
  EXPECT_EQ(counted, 3u);
  ::operator delete(kept[0]);
  std::free(kept[1]);
  std::free(kept[2]);
}

TEST(HeapWatch, BeforeAndAfter_NothingCounts) {
  std::free(std::malloc(8));
  const uint64_t counted = allocations([] {});
  std::free(std::malloc(8));
  EXPECT_EQ(counted, 0u);
}

}  // namespace
}  // namespace sluice::heap
