// SPDX-License-Identifier: GPL-2.0-only
#include "vm/page_numbering.hpp"

#include "base/panic.hpp"

namespace vmlab {

std::uint32_t PageNumbering::add(std::uint64_t key) {
    require(size() < ~0U - 1, "there are fewer than 2^32 pages");
    keys_.push_back(key);
    return size() - 1;
}

std::uint32_t PageNumbering::insert(std::size_t at, std::uint64_t key) {
    const std::uint32_t number = add(key);
    places_[at] = {key, number + 1};
    if (places_.size() < 2 * std::size_t{++hashed_}) {
        grow();
    }
    return number;
}

void PageNumbering::grow() {
    std::vector<Place> old(2 * places_.size());
    old.swap(places_);
    --shift_;
    for (const Place& place : old) {
        if (place.number_plus_one != 0) {
            std::size_t at = hash(place.key);
            while (places_[at].number_plus_one != 0) {
                at = (at + 1) & (places_.size() - 1);
            }
            places_[at] = place;
        }
    }
}

}  // namespace vmlab
