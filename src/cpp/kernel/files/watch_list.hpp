// SPDX-License-Identifier: GPL-2.0-only
// WatchList: who hears of which wait channels' news, beside the processes that sleep there.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <vector>

#include "kernel/files/open_file.hpp"
#include "kernel/files/wait_channel.hpp"

namespace vmlab {

/// Owner: its filesystem. Holds: nothing; a watcher leaves before it ends.
class WatchList {
public:
    /// From now on it hears of all channels that have this inode.
    void add(std::uint64_t inode, FileWatcher& watcher) { watchers_[inode].push_back(&watcher); }
    void remove(std::uint64_t inode, const FileWatcher& watcher) {
        const auto found = watchers_.find(inode);
        if (found != watchers_.end() && std::erase(found->second, &watcher) > 0 && found->second.empty()) {
            watchers_.erase(found);
        }
    }
    /// Requires: nobody who hears of it adds or removes a watcher.
    void notice(const WaitChannel& channel, WakeWho who) const {
        const auto found = who == WakeWho::Next ? watchers_.end() : watchers_.find(channel.inode);
        if (found != watchers_.end()) {
            std::ranges::for_each(found->second, [&](FileWatcher* watcher) { watcher->noticed(channel.what, who); });
        }
    }

private:
    std::map<std::uint64_t, std::vector<FileWatcher*>> watchers_;
};

}  // namespace vmlab
