// SPDX-License-Identifier: GPL-2.0-only
// Running: the mark of the thread that runs a Lab or a Machine, so that a second one can be refused.
#pragma once

#include <atomic>
#include <stdexcept>
#include <thread>

namespace vmlab {

/// A call that cannot be served while a Lab or Machine runs; Python sees vmlab.LabBusy.
class LabBusy : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Marks this thread as the runner for as long as it lives.
class Running {
public:
    explicit Running(std::atomic<std::thread::id>& runner) : runner_(runner) {
        runner_.store(std::this_thread::get_id());
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    ~Running() { runner_.store(std::thread::id{}); }

private:
    std::atomic<std::thread::id>& runner_;
};

}  // namespace vmlab
