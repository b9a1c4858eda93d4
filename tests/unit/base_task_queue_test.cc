#include "base/task_queue.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sluice {
namespace {

// A task that writes its name down when it runs, and posts another then.
struct Writer {
  Writer(std::string& l, char n) : log(l), name(n), task([](void* self) { static_cast<Writer*>(self)->run(); }, this) {}
  void run() {
    log += name;
    if (queue != nullptr) queue->post(*next);
  }
  std::string& log;
  char name;
  TaskQueue* queue = nullptr;
  Task* next = nullptr;
  Task task;
};

struct TaskQueueTest : ::testing::Test {
  std::string log;
  TaskQueue queue;
  Writer a{log, 'a'}, b{log, 'b'}, c{log, 'c'};
};

TEST_F(TaskQueueTest, Run_InTheOrderOfPosting) {
  queue.post(b.task);
  queue.post(a.task);
  queue.post(c.task);
  EXPECT_EQ(queue.run(10), 3u);
  EXPECT_EQ(log, "bac");
  EXPECT_TRUE(queue.empty());
}

TEST_F(TaskQueueTest, Post_OfAQueuedTaskChangesNothing) {
  queue.post(a.task);
  queue.post(b.task);
  queue.post(a.task);
  queue.run(10);
  EXPECT_EQ(log, "ab");
}

TEST_F(TaskQueueTest, Run_IncludesWhatTasksPost) {
  a.queue = &queue;
  a.next = &b.task;
  queue.post(a.task);
  EXPECT_EQ(queue.run(10), 2u);
  EXPECT_EQ(log, "ab");
}

TEST_F(TaskQueueTest, Budget_EndsATaskThatPostsItself) {
  a.queue = &queue;
  a.next = &a.task;
  queue.post(a.task);
  EXPECT_EQ(queue.run(5), 5u);
  EXPECT_FALSE(queue.empty());
}

TEST_F(TaskQueueTest, Cancelled_DoesNotRun) {
  queue.post(a.task);
  queue.post(b.task);
  a.task.cancel();
  EXPECT_FALSE(a.task.queued());
  queue.run(10);
  EXPECT_EQ(log, "b");
}

TEST_F(TaskQueueTest, Destroyed_TaskLeavesTheQueue) {
  {
    Writer gone(log, 'x');
    queue.post(gone.task);
    queue.post(a.task);
  }
  queue.run(10);
  EXPECT_EQ(log, "a");
}

TEST(TaskQueue, Destroyed_QueueLetsItsTasksGo) {
  std::string log;
  Writer a(log, 'a');
  {
    TaskQueue queue;
    queue.post(a.task);
  }
  EXPECT_FALSE(a.task.queued());
}

}  // namespace
}  // namespace sluice
