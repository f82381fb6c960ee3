// SPDX-License-Identifier: GPL-2.0-only
#include "vm/policy/opt.hpp"

#include <limits>
#include <string>

namespace vmlab {

namespace {

constexpr std::uint64_t NO_USE = 0;

/// Later accesses are less near.
constexpr std::uint64_t nearness_of(std::uint64_t access) { return std::numeric_limits<std::uint64_t>::max() - access; }

}  // namespace

Opt::Opt(const std::vector<PageIdentity>& future) : future_(future.size()), nearness_(future.size()) {
    for (std::size_t access = 0; access < future.size(); ++access) {
        future_[access] = numbering_.number_of(page_key(future[access]));
    }
    std::vector<std::uint64_t> next(numbering_.size(), NO_USE);
    for (std::size_t access = future.size(); access-- > 0;) {
        nearness_[access] = next[future_[access]];
        next[future_[access]] = nearness_of(access);
    }
}

void Opt::on_insert(FrameNumber frame, PageIdentity page) {
    pages_.set(frame, numbering_.number_of(page_key(page)));
    frames_.insert(frame, {nearness_of(position_), position_});
}

void Opt::on_access(FrameNumber frame, Access) {
    if (position_ >= future_.size() || future_[position_] != pages_[frame]) {
        throw PolicyError("opt was given another future than the one that came: they part at access " +
                          std::to_string(position_) + " (counted from 0); record the future with the same program");
    }
    frames_.update(frame, {nearness_[position_], position_});
    ++position_;
}

}  // namespace vmlab
