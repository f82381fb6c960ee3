// SPDX-License-Identifier: GPL-2.0-only
// ExpiringDoor: something of the kernel's as a handler in Python holds it: it expires instead of dangling.
#pragma once

#include <pybind11/pybind11.h>

#include <memory>

namespace vmlab {

/// Invariant: `behind_` is null once the handler has returned.
template <typename Behind>
class ExpiringDoor {
public:
    /// `expired` is what Python is told who comes too late.
    ExpiringDoor(Behind& behind, const char* expired) : behind_(&behind), expired_(expired) {}
    void shut() { behind_ = nullptr; }

    // Both throw ValueError when the handler has returned.
    [[nodiscard]] Behind& operator*() const {
        if (behind_ == nullptr) {
            throw pybind11::value_error(expired_);
        }
        return *behind_;
    }
    [[nodiscard]] Behind* operator->() const { return &**this; }

private:
    Behind* behind_;
    const char* expired_;
};

/// A door for one call of a handler, shut when that returns or throws.
template <typename Behind>
class OpenDoor {
public:
    OpenDoor(Behind& behind, const char* expired) : door_(std::make_shared<ExpiringDoor<Behind>>(behind, expired)) {}
    OpenDoor(const OpenDoor&) = delete;
    OpenDoor& operator=(const OpenDoor&) = delete;
    ~OpenDoor() { door_->shut(); }

    /// For Python, which may keep it.
    [[nodiscard]] const std::shared_ptr<ExpiringDoor<Behind>>& shared() const { return door_; }

private:
    std::shared_ptr<ExpiringDoor<Behind>> door_;
};

}  // namespace vmlab
