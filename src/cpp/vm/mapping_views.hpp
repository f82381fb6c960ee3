// SPDX-License-Identifier: GPL-2.0-only
// MappingViews: the mappings that show a VmObject; the first one in place, since most objects have just one.
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "base/panic.hpp"

namespace vmlab {

class AddressSpace;
struct Mapping;

/// One mapping of one address space.
struct MappingView {
    AddressSpace* space = nullptr;
    const Mapping* mapping = nullptr;
};

/// Owner: its VmObject. Holds without owning.
/// Invariant: first_ is empty only when there are none, in the order in which they were added but for the first. The room for
/// more stays once it was needed: what was split and merged is so again.
class MappingViews {
public:
    [[nodiscard]] std::size_t size() const {
        return (first_.mapping != nullptr ? 1U : 0U) + (more_ ? more_->size() : 0U);
    }
    [[nodiscard]] bool empty() const { return first_.mapping == nullptr; }
    void add(const MappingView& view) {
        if (empty()) {
            first_ = view;
            return;
        }
        if (!more_) {
            more_ = std::make_unique<std::vector<MappingView>>();
        }
        more_->push_back(view);
    }
    /// Requires: it was added.
    void remove(const Mapping& mapping) {
        if (first_.mapping != &mapping) {
            const auto at = more_ ? std::ranges::find(*more_, &mapping, &MappingView::mapping) : end_of_none();
            require(more_ && at != more_->end(), "an object knows the mappings that show it");
            more_->erase(at);
        } else if (more_ && !more_->empty()) {
            first_ = more_->back();
            more_->pop_back();
        } else {
            first_ = {};
        }
    }
    template <typename Visit>
    void for_each(const Visit& visit) const {
        static_cast<void>(any_of([&visit](const MappingView& view) {
            visit(view);
            return false;
        }));
    }
    template <typename Predicate>
    [[nodiscard]] bool any_of(const Predicate& predicate) const {
        return (!empty() && predicate(first_)) || (more_ && std::ranges::any_of(*more_, predicate));
    }

private:
    using Iterator = std::vector<MappingView>::iterator;
    [[nodiscard]] static Iterator end_of_none() { return {}; }

    MappingView first_;
    std::unique_ptr<std::vector<MappingView>> more_;
};

}  // namespace vmlab
