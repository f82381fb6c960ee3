// SPDX-License-Identifier: GPL-2.0-only
// Ref: a counted pointer whose count lives in the object, so that "how many hold it" can be asked and checked.
#pragma once

#include <cstdint>
#include <utility>

#include "base/panic.hpp"

namespace vmlab {

/// Base of objects that a Ref counts. Not thread-safe: one Lab runs on one thread at a time.
class RefCounted {
public:
    RefCounted() = default;
    RefCounted(const RefCounted&) = delete;
    RefCounted& operator=(const RefCounted&) = delete;
    virtual ~RefCounted() = default;

    [[nodiscard]] std::uint32_t ref_count() const { return ref_count_; }

private:
    template <typename T>
    friend class Ref;
    friend struct Sabotage;  // of tests/cpp/wrong_kernels
    std::uint32_t ref_count_ = 0;
};

/// Holds one count on a T. Never dangling; may be empty.
template <typename T>
class Ref {
public:
    Ref() = default;
    Ref(std::nullptr_t) {}  // NOLINT: an empty Ref is written nullptr
    explicit Ref(T* object) : object_(object) { acquire(); }
    Ref(const Ref& other) : object_(other.object_) { acquire(); }
    Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
    template <typename U>
    Ref(const Ref<U>& other) : object_(other.get()) {  // NOLINT: derived to base
        acquire();
    }
    Ref& operator=(Ref other) noexcept {
        std::swap(object_, other.object_);
        return *this;
    }
    ~Ref() { release(); }

    [[nodiscard]] T* get() const { return object_; }
    T& operator*() const { return *object_; }
    T* operator->() const { return object_; }
    explicit operator bool() const { return object_ != nullptr; }
    bool operator==(const Ref& other) const { return object_ == other.object_; }

private:
    void acquire() {
        if (object_ != nullptr) {
            ++object_->ref_count_;
        }
    }
    void release() {
        if (object_ != nullptr && --object_->ref_count_ == 0) {
            delete object_;
        }
    }
    T* object_ = nullptr;
};

/// Creates a counted object.
template <typename T, typename... Args>
[[nodiscard]] Ref<T> make_ref(Args&&... args) {
    return Ref<T>(new T(std::forward<Args>(args)...));
}

}  // namespace vmlab
