// TaskQueue: work that a turn of the poll loop left for its end, so that no callback is ever re-entrant.
//
// Owned by the worker. A task is a member of what it wakes; posting one that is already queued changes nothing.
#pragma once

namespace sluice {

class Task {
 public:
  using Callback = void (*)(void* owner);

  Task(Callback callback, void* owner) : callback_(callback), owner_(owner) {}
  ~Task() { cancel(); }
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

  bool queued() const { return next_ != nullptr; }
  void cancel() {
    if (!queued()) return;
    previous_->next_ = next_;
    next_->previous_ = previous_;
    next_ = previous_ = nullptr;
  }

 private:
  friend class TaskQueue;

  Task* next_ = nullptr;
  Task* previous_ = nullptr;
  Callback callback_;
  void* owner_;
};

class TaskQueue {
 public:
  TaskQueue() : head_(nullptr, nullptr) { head_.next_ = head_.previous_ = &head_; }
  ~TaskQueue() {
    while (head_.next_ != &head_) head_.next_->cancel();
    head_.next_ = nullptr;
  }
  TaskQueue(const TaskQueue&) = delete;
  TaskQueue& operator=(const TaskQueue&) = delete;

  void post(Task& task) {
    if (task.queued()) return;
    task.previous_ = head_.previous_;
    task.next_ = &head_;
    head_.previous_->next_ = &task;
    head_.previous_ = &task;
  }

  // Runs at most `budget` tasks in the order of posting, those that they post included; returns how many ran.
  unsigned run(unsigned budget) {
    unsigned ran = 0;
    for (; ran < budget && head_.next_ != &head_; ++ran) {
      Task& task = *head_.next_;
      task.cancel();
      task.callback_(task.owner_);
    }
    return ran;
  }

  bool empty() const { return head_.next_ == &head_; }

 private:
  Task head_;
};

}  // namespace sluice
