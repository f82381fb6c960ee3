// SPDX-License-Identifier: GPL-2.0-only
// /proc/sysvipc: a line for each object of System V.
#include <cinttypes>

#include "kernel/files/proc_tree.hpp"
#include "kernel/kernel.hpp"

namespace vmlab {

namespace {

std::uint64_t seconds(std::uint64_t time) { return time / SECOND; }

/// Key, id and rights, with which each line begins.
std::string start_of_line(const IpcIdentity& identity, std::uint32_t more_mode = 0) {
    return proc_text("%10d %10d  %4o ", static_cast<std::int32_t>(identity.key), static_cast<std::int32_t>(identity.id),
                     identity.permissions | more_mode);
}

/// Owner and group, now and at first.
std::string owners(const IpcIdentity& identity) {
    return proc_text("%5u %5u %5u %5u ", identity.user, identity.group, 0U, 0U);
}

std::string segments(Kernel& kernel, Process&) {
    constexpr std::uint32_t REMOVED = 01000, LOCKED = 02000;
    std::string text =
        "       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  cgid      atime      "
        "dtime      ctime                   rss                  swap\n";
    SharedSegments& segments = kernel.segments();
    for (const auto& [index, segment] : segments.all()) {
        const VmObject& object = segments.object_of(segment);
        const PageSlots& slots = object.slots();
        text += start_of_line(segment.identity, (segment.removed() ? REMOVED : 0) | (object.locked() ? LOCKED : 0));
        text += proc_text("%21u %5u %5u  %5u ", segment.bytes, segment.creator, segment.last,
                          segments.attachments(segment));
        text += owners(segment.identity);
        text += proc_text("%10" PRIu64 " %10" PRIu64 " %10" PRIu64 " ", seconds(segment.attached),
                          seconds(segment.detached), seconds(segment.identity.changed));
        text += proc_text("%21" PRIu64 " %21" PRIu64 "\n", std::uint64_t{slots.resident()} * PAGE_SIZE,
                          std::uint64_t{slots.swapped()} * PAGE_SIZE);
    }
    return text;
}

std::string semaphores(Kernel& kernel, Process&) {
    std::string text = "       key      semid perms      nsems   uid   gid  cuid  cgid      otime      ctime\n";
    for (const auto& [index, set] : kernel.semaphores().table().all()) {
        text += start_of_line(set.identity) + proc_text("%10zu ", set.semaphores.size()) + owners(set.identity);
        text += proc_text("%10" PRIu64 " %10" PRIu64 "\n", seconds(set.operated), seconds(set.identity.changed));
    }
    return text;
}

std::string messages(Kernel& kernel, Process&) {
    std::string text =
        "       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid      stime      rtime "
        "     ctime\n";
    for (const auto& [index, queue] : kernel.messages().table().all()) {
        text += start_of_line(queue.identity) + proc_text(" %10u %10zu %5u %5u ", queue.bytes, queue.messages.size(),
                                                          queue.last_sender, queue.last_receiver);
        text += owners(queue.identity) + proc_text("%10" PRIu64 " %10" PRIu64 " %10" PRIu64 "\n", seconds(queue.sent),
                                                   seconds(queue.received), seconds(queue.identity.changed));
    }
    return text;
}

constexpr ProcName NAMES[] = {
    {.name = "msg", .text = messages},
    {.name = "sem", .text = semaphores},
    {.name = "shm", .text = segments},
};
constexpr ProcListing LISTING{.names = NAMES};

}  // namespace

const ProcListing* ipc_listing() { return &LISTING; }

}  // namespace vmlab
