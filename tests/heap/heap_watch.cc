#include "heap/heap_watch.h"

#include <execinfo.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define SLUICE_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SLUICE_ADDRESS_SANITIZER 1
#endif
#endif

namespace sluice::heap {

namespace {

constexpr uint64_t kShown = 3;  // allocations whose callers are printed: where to look when a test fails

std::atomic<bool> watching{false};
std::atomic<uint64_t> counted{0};

void show_callers() {
  std::array<void*, 24> frames;
  const int n = backtrace(frames.data(), static_cast<int>(frames.size()));
  backtrace_symbols_fd(frames.data(), n, STDERR_FILENO);
  if (write(STDERR_FILENO, "--\n", 3) < 0) return;
}

void on_allocation() {
  if (!watching.load(std::memory_order_relaxed)) return;
  if (counted.fetch_add(1, std::memory_order_relaxed) >= kShown) return;
  watching.store(false, std::memory_order_relaxed);  // what the printing allocates is not meant
  show_callers();
  watching.store(true, std::memory_order_relaxed);
}

}  // namespace

void begin_counting() {
  std::array<void*, 1> frame;
  backtrace(frame.data(), 1);  // the first one loads a library
  counted = 0;
  watching = true;
}

uint64_t end_counting() {
  watching = false;
  return counted;
}

}  // namespace sluice::heap

#if defined(SLUICE_ADDRESS_SANITIZER)

#include <sanitizer/allocator_interface.h>

namespace {
const int kInstalled = __sanitizer_install_malloc_and_free_hooks(
    [](const volatile void*, size_t) { sluice::heap::on_allocation(); }, [](const volatile void*) {});
}  // namespace

#else

// glibc lets a program bring its own malloc; these hand on to its.
extern "C" {

void* __libc_malloc(size_t bytes);
void* __libc_calloc(size_t count, size_t bytes);
void* __libc_realloc(void* block, size_t bytes);
void* __libc_memalign(size_t alignment, size_t bytes);

void* malloc(size_t bytes) {
  sluice::heap::on_allocation();
  return __libc_malloc(bytes);
}

void* calloc(size_t count, size_t bytes) {
  sluice::heap::on_allocation();
  return __libc_calloc(count, bytes);
}

void* realloc(void* block, size_t bytes) {
  sluice::heap::on_allocation();
  return __libc_realloc(block, bytes);
}

void* memalign(size_t alignment, size_t bytes) {
  sluice::heap::on_allocation();
  return __libc_memalign(alignment, bytes);
}

void* aligned_alloc(size_t alignment, size_t bytes) {
  return memalign(alignment, bytes);
}

int posix_memalign(void** block, size_t alignment, size_t bytes) {
  *block = memalign(alignment, bytes);
  return *block == nullptr ? ENOMEM : 0;
}

}  // extern "C"

#endif
