// SPDX-License-Identifier: GPL-2.0-only
// Result: a value or the reason why there is none; a guest's mistake is a value, not an exception.
#pragma once

#include <utility>
#include <variant>

#include "base/panic.hpp"

namespace vmlab {

/// Wraps an error on its way into a Result: `return Failure(Errno::EINVAL);`
template <typename E>
struct Failure {
    E error;
    explicit Failure(E e) : error(std::move(e)) {}
};

/// Either a T or an E.
/// Requires: value() only when ok(), error() only when not; both are checked.
template <typename T, typename E>
class [[nodiscard]] Result {
public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: meant to be implicit
    Result(Failure<E> failure) : state_(std::in_place_index<1>, std::move(failure.error)) {}  // NOLINT: likewise

    [[nodiscard]] bool ok() const { return state_.index() == 0; }
    explicit operator bool() const { return ok(); }

    [[nodiscard]] const T& value() const {
        require(ok(), "value() of a failed Result");
        return *std::get_if<0>(&state_);
    }
    [[nodiscard]] T& value() {
        require(ok(), "value() of a failed Result");
        return *std::get_if<0>(&state_);
    }
    [[nodiscard]] T take() && { return std::move(value()); }
    [[nodiscard]] const E& error() const {
        require(!ok(), "error() of a successful Result");
        return *std::get_if<1>(&state_);
    }

private:
    std::variant<T, E> state_;
};

/// The value of a Result that succeeds with nothing to say.
struct Done {};

}  // namespace vmlab
