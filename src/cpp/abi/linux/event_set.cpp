// SPDX-License-Identifier: GPL-2.0-only
#include "abi/linux/event_set.hpp"

#include <algorithm>

namespace vmlab::linux_abi {

namespace {

/// A hangup and an error are told whether they are asked for or not.
EventSet::Interest completed(const EventSet::Interest& asked) {
    return {.events = asked.events | PollEvents::ERR | PollEvents::HUP, .data = asked.data};
}

}  // namespace

EventSet::Item::Item(EventSet& in, Key known_as, OpenFile& watched, const Interest& asked)
    : set(in), key(known_as), file(watched), inner(dynamic_cast<EventSet*>(&watched)), interest(completed(asked)) {
    for (const auto direction : {Direction::Input, Direction::Output}) {
        const auto channel = file.wait_channel(direction);
        if (channel && std::ranges::find(inodes, channel->inode) == inodes.end()) {
            inodes.push_back(channel->inode);
        }
    }
}

std::uint32_t EventSet::Item::found() const { return poll_events(file) & wanted(); }

void EventSet::Item::noticed(WaitChannel::What what, WakeWho who) {
    using E = PollEvents;
    constexpr std::uint32_t INPUT = E::IN | E::PRI | E::RDNORM, OUTPUT = E::OUT | E::WRNORM | E::WRBAND;
    const std::uint32_t news = what == WaitChannel::What::Input ? INPUT : OUTPUT;
    if (wanted() != 0 && (who == WakeWho::All || (wanted() & news) != 0)) {
        set.note(*this);
    }
}

void EventSet::Item::closed() {
    EventSet& in = set;
    in.stop_hearing(*this);
    in.leave_row(*this);
    in.items_.erase(Key(key));
}

EventSet::~EventSet() {
    end_watches();
    for (auto& [key, item] : items_) {
        stop_hearing(item);
        item.file.remove_watcher(item);
    }
}

void EventSet::stop_hearing(Item& item) {
    for (const std::uint64_t inode : item.inodes) {
        files_.watches().remove(inode, item);
    }
    if (item.inner != nullptr) {
        std::erase(item.inner->above_, this);
    }
}

void EventSet::leave_row(Item& item) {
    if (item.standing == Item::Standing::InRow) {
        row_.remove(&item);
    }
}

void EventSet::note(Item& item) {
    if (item.standing == Item::Standing::Outside) {
        item.standing = Item::Standing::InRow;
        row_.push_back(&item);
    }
    files_.waker()(news(), WakeWho::First);
}

void EventSet::note_if_ready(Item& item) {
    if (item.found() != 0) {
        note(item);
    }
}

Result<Done, Errno> EventSet::add(std::uint32_t descriptor, OpenFile& file, const Interest& interest) {
    const Key key{descriptor, &file};
    const auto [at, added] = items_.try_emplace(key, *this, key, file, interest);
    if (!added) {
        return Failure(Errno::EXIST);
    }
    Item& item = at->second;
    file.add_watcher(item);
    for (const std::uint64_t inode : item.inodes) {
        files_.watches().add(inode, item);
    }
    if (item.inner != nullptr) {
        item.inner->above_.push_back(this);
    }
    note_if_ready(item);
    return Done{};
}

Result<Done, Errno> EventSet::change(const Key& key, const Interest& interest) {
    const auto found = items_.find(key);
    if (found == items_.end()) {
        return Failure(Errno::NOENT);
    }
    if ((found->second.interest.events & WatchFlags::EXCLUSIVE) != 0) {
        return Failure(Errno::INVAL);
    }
    found->second.interest = completed(interest);
    note_if_ready(found->second);
    return Done{};
}

Result<Done, Errno> EventSet::remove(const Key& key) {
    const auto found = items_.find(key);
    if (found == items_.end()) {
        return Failure(Errno::NOENT);
    }
    found->second.file.remove_watcher(found->second);
    found->second.closed();
    return Done{};
}

// What is typed at a terminal comes only when somebody waits for it there.
std::vector<WaitChannel> EventSet::channels() const {
    std::vector<WaitChannel> channels{news()};
    for (const auto& [key, item] : items_) {
        if (item.file.terminal() != nullptr) {
            channels.push_back(*item.file.wait_channel(Direction::Input));
        }
    }
    return channels;
}

std::uint32_t EventSet::depth() const {
    std::uint32_t below = 0;
    for (const auto& [key, item] : items_) {
        below = std::max(below, item.inner != nullptr ? item.inner->depth() : 0U);
    }
    return below + 1;
}

std::uint32_t EventSet::depth_above() const {
    std::uint32_t most = 0;
    for (const EventSet* set : above_) {
        most = std::max(most, set->depth_above());
    }
    return most + 1;
}

bool EventSet::contains(const EventSet& set) const {
    return this == &set || std::ranges::any_of(items_, [&set](const auto& entry) {
               const EventSet* const inner = entry.second.inner;
               return inner != nullptr && inner->contains(set);
           });
}

Readiness EventSet::readiness() const {
    const bool ready = std::ranges::any_of(row_, [](const Item* item) { return item->found() != 0; });
    return {.input = ready, .output = false};
}

}  // namespace vmlab::linux_abi
