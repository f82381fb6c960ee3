// SPDX-License-Identifier: GPL-2.0-only
// EventSet: open files that are watched together, so that who waits for any of them is told which.
#pragma once

#include <list>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "abi/linux/polling.hpp"
#include "kernel/files/anonymous_file.hpp"
#include "kernel/files/watch_list.hpp"

namespace vmlab::linux_abi {

/// Those of epoll beside poll()'s: how long and for whom a file is watched.
struct WatchFlags {
    static constexpr std::uint32_t EXCLUSIVE = 1U << 28, WAKEUP = 1U << 29, ONESHOT = 1U << 30, EDGE = 1U << 31;
    static constexpr std::uint32_t ALL = EXCLUSIVE | WAKEUP | ONESHOT | EDGE;
};

/// Files that may be ready stand in a row, in the order in which something became new of them; one that is told stays in the
/// row, at its end, unless only news of it is asked for.
/// Elsewhere: struct eventpoll (Linux), kqueue (BSD).
/// Owner: counted by the descriptors that refer to it. Holds: nothing of what it watches, which leaves when it is closed.
class EventSet : public AnonymousFile {
public:
    /// Requires: the filesystem outlives it.
    EventSet(Ref<Inode> inode, RamFilesystem& files) : AnonymousFile(std::move(inode)), files_(files) {}
    EventSet(const EventSet&) = delete;
    EventSet& operator=(const EventSet&) = delete;
    ~EventSet() override;

    /// What of a file is asked for, and what stands for the file when it is told.
    struct Interest {
        std::uint32_t events;
        std::uint64_t data;
    };
    /// A file as it was named when it was added.
    using Key = std::pair<std::uint32_t, const OpenFile*>;
    /// Fails: EXIST.
    [[nodiscard]] Result<Done, Errno> add(std::uint32_t descriptor, OpenFile& file, const Interest& interest);
    /// Fails: NOENT, INVAL.
    [[nodiscard]] Result<Done, Errno> change(const Key& key, const Interest& interest);
    /// Fails: NOENT.
    [[nodiscard]] Result<Done, Errno> remove(const Key& key);

    /// Calls tell(events, data) for those that are ready, so many at most, until it returns false. Returns how many were told.
    template <typename Tell>
    std::uint32_t tell_ready(std::uint32_t most, const Tell& tell);

    /// Where to wait for one to be ready.
    [[nodiscard]] std::vector<WaitChannel> channels() const;
    /// How many sets stand one in the other below it, and above it, itself included; and whether one below it is this.
    [[nodiscard]] std::uint32_t depth() const;
    [[nodiscard]] std::uint32_t depth_above() const;
    [[nodiscard]] bool contains(const EventSet& set) const;

    FileCount read(ByteSink&, std::uint32_t) override { return Failure(FileError::Invalid); }
    FileCount write(ByteSource&, std::uint32_t) override { return Failure(FileError::Invalid); }
    [[nodiscard]] Readiness readiness() const override;
    [[nodiscard]] std::optional<WaitChannel> wait_channel(Direction) const override { return news(); }
    [[nodiscard]] std::string path() const override { return "anon_inode:[eventpoll]"; }

private:
    /// One file that is watched.
    class Item : public FileWatcher {
    public:
        Item(EventSet& set, Key key, OpenFile& file, const Interest& interest);
        void noticed(WaitChannel::What what, WakeWho who) override;
        void closed() override;
        /// What is asked for; nothing once what is told once was told.
        [[nodiscard]] std::uint32_t wanted() const { return interest.events & ~WatchFlags::ALL; }
        /// What of that is so now.
        [[nodiscard]] std::uint32_t found() const;

        EventSet& set;
        Key key;
        OpenFile& file;
        EventSet* inner;  ///< the file, where it is a set itself
        Interest interest;
        std::vector<std::uint64_t> inodes;  ///< of the channels that it hears of
        enum class Standing : std::uint8_t { Outside, InRow } standing = Standing::Outside;
    };

    [[nodiscard]] WaitChannel news() const { return channel(WaitChannel::What::Input); }
    /// It may be ready: it stands in the row, and who waits is woken.
    void note(Item& item);
    void note_if_ready(Item& item);
    void leave_row(Item& item);
    /// Ends what the item hears of.
    void stop_hearing(Item& item);

    RamFilesystem& files_;
    std::map<Key, Item> items_;
    std::list<Item*> row_;
    std::vector<EventSet*> above_;  ///< those that watch it
};

template <typename Tell>
std::uint32_t EventSet::tell_ready(std::uint32_t most, const Tell& tell) {
    std::list<Item*> looked_at;
    looked_at.swap(row_);
    std::uint32_t told = 0;
    while (!looked_at.empty() && told < most) {
        Item& item = *looked_at.front();
        const std::uint32_t events = item.found();
        if (events != 0 && !tell(events, item.interest.data)) {
            break;
        }
        looked_at.pop_front();
        item.standing = Item::Standing::Outside;
        if (events == 0) {
            continue;
        }
        ++told;
        if ((item.interest.events & WatchFlags::ONESHOT) != 0) {
            item.interest.events &= WatchFlags::ALL;
        } else if ((item.interest.events & WatchFlags::EDGE) == 0) {
            row_.push_back(&item);
            item.standing = Item::Standing::InRow;
        }
    }
    row_.splice(row_.begin(), looked_at);
    if (!row_.empty()) {
        files_.waker()(news(), WakeWho::Next);
    }
    return told;
}

}  // namespace vmlab::linux_abi
