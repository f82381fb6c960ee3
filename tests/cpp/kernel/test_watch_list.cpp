// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/files/watch_list.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "kernel/file_fixture.hpp"

using namespace vmlab;
using namespace vmlab_test;

namespace {

using What = WaitChannel::What;

struct Listener : FileWatcher {
    std::vector<std::pair<What, WakeWho>> heard;
    bool told_of_end = false;
    void noticed(What what, WakeWho who) override { heard.emplace_back(what, who); }
    void closed() override { told_of_end = true; }
};

}  // namespace

TEST_CASE("a watcher hears of what is news of its inode, and of nothing once it has left") {
    WatchList list;
    Listener one, other;
    list.add(7, one);
    list.add(7, other);
    list.notice({What::Input, 7}, WakeWho::First);
    list.notice({What::Input, 7}, WakeWho::Next);
    list.notice({What::Output, 8}, WakeWho::First);
    list.remove(7, other);
    list.notice({What::Output, 7}, WakeWho::All);
    CHECK(one.heard == std::vector{std::pair(What::Input, WakeWho::First), std::pair(What::Output, WakeWho::All)});
    CHECK(other.heard == std::vector{std::pair(What::Input, WakeWho::First)});
}

TEST_CASE_FIXTURE(FilesFixture, "who watches an open file is told of its end") {
    Listener stays, leaves;
    auto file = create("/file");
    file->add_watcher(stays);
    file->add_watcher(leaves);
    file->remove_watcher(leaves);
    file = nullptr;
    CHECK(stays.told_of_end);
    CHECK(!leaves.told_of_end);
}

TEST_CASE_FIXTURE(FilesFixture, "watchers hear before processes are woken") {
    Listener listener;
    std::size_t heard_before = 0;
    files.set_waker([&](const WaitChannel&, WakeWho) { heard_before = listener.heard.size(); });
    const auto ends = files.make_pipe();
    files.watches().add(ends.read->inode()->number(), listener);
    (void)write_text(*ends.write, "x");
    CHECK(heard_before == 1);
    files.watches().remove(ends.read->inode()->number(), listener);
}
