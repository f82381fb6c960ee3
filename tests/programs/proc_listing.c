// SPDX-License-Identifier: 0BSD
// The directories of /proc: what they list, where their links lead, and what they refuse.
#include "proc_probe.h"

enum { NR_MKDIR = 39, NR_RMDIR = 40, NR_UNLINK = 10, NR_RENAME = 38, NR_CHDIR = 12, NR_SYMLINK = 83, NR_GETCWD = 183 };
enum { NR_GETDENTS64 = 220, NR_LINK = 9 };

/// Whether the directory lists the name, and as what type of file.
static int listed(const char *path, const char *name) {
    static char records[4096];
    int directory = open(path, O_RDONLY | O_DIRECTORY), got, type = -1;
    while ((got = CALL(NR_GETDENTS64, (unsigned)directory, P(records), sizeof records)) > 0) {
        for (int at = 0; at < got; at += *(unsigned short *)(records + at + 16)) {
            if (strcmp(records + at + 19, name) == 0)
                type = records[at + 18];
        }
    }
    close(directory);
    return type;
}

static int count(const char *path) {
    static char records[4096];
    int directory = open(path, O_RDONLY | O_DIRECTORY), got, names = 0;
    while ((got = CALL(NR_GETDENTS64, (unsigned)directory, P(records), sizeof records)) > 0)
        for (int at = 0; at < got; at += *(unsigned short *)(records + at + 16))
            names += records[at + 19] != '.';
    close(directory);
    return names;
}

static void show_link(const char *path) {
    char target[256];
    int length = (int)readlink(path, target, sizeof target);
    printf("%s: %.*s\n", path, length < 0 ? 0 : length, target);
}

static void names(void) {
    static const char *const of_all[] = {"meminfo", "self", "stat", "sys", "uptime", "loadavg", "mounts", "swaps", "none"};
    for (unsigned i = 0; i < sizeof of_all / sizeof *of_all; i++)
        printf("/proc/%s: %d\n", of_all[i], listed("/proc", of_all[i]));
    static const char *const own[] = {"cmdline", "comm", "cwd",  "environ", "exe",     "fd",    "limits", "maps",
                                      "mounts",  "root", "stat", "statm",   "status",  "task",  "smaps",  "pagemap", "x"};
    for (unsigned i = 0; i < sizeof own / sizeof *own; i++)
        printf("/proc/self/%s: %d\n", own[i], listed("/proc/self", own[i]));
    char pid[16];
    sprintf(pid, "%d", getpid());
    printf("itself: %d, its thread: %d\n", listed("/proc", pid), listed("/proc/self/task", pid));
    printf("settings: %d %d\n", listed("/proc/sys", "vm"), listed("/proc/sys/vm", "overcommit_memory"));
    printf("dots: %d %d\n", listed("/proc/self", "."), listed("/proc/self", ".."));
}

static void descriptors(void) {
    int before = count("/proc/self/fd");
    int file = open("file", O_RDWR | O_CREAT, 0600), ends[2];
    pipe(ends);
    printf("three more: %d\n", count("/proc/self/fd") - before);
    char path[64], target[256], here[256], name[300];
    sprintf(path, "/proc/self/fd/%d", file);
    int length = (int)readlink(path, target, sizeof target);
    CALL(NR_GETCWD, P(here), sizeof here);
    sprintf(name, "%s/file", strcmp(here, "/") == 0 ? "" : here);
    printf("a file's path: %d\n", length == (int)strlen(name) && memcmp(target, name, (size_t)length) == 0);
    write(file, "content", 7);
    int again = open(path, O_RDONLY);
    char text[8] = "";
    read(again, text, 7);
    printf("opened again, from its start: %s\n", text);
    unlink("file");
    length = (int)readlink(path, target, sizeof target);
    printf("without a name: %.10s\n", target + length - 10);
    again = open(path, O_RDWR);
    read(again, text, 3);
    printf("still opened: %.3s\n", text);
    sprintf(path, "/proc/self/fd/%d", ends[0]);
    length = (int)readlink(path, target, sizeof target);
    printf("a pipe: %.6s\n", target);
    sprintf(path, "/proc/self/fd/%d", ends[1]);
    again = open(path, O_WRONLY);
    write(again, "through", 7);
    read(ends[0], text, 7);
    printf("opened again: %s\n", text);
    show("a closed one", open("/proc/self/fd/77", O_RDONLY) < 0);
    show("no number", open("/proc/self/fd/03", O_RDONLY) < 0);
    printf("standard output: %d\n", open("/dev/stdout", O_WRONLY) >= 0);
}

static void links(void) {
    show_link("/proc/self/root");
    show_link("/proc/mounts");
    char target[256], here[256];
    int length = (int)readlink("/proc/self/cwd", target, sizeof target);
    CALL(NR_GETCWD, P(here), sizeof here);
    printf("cwd: %d\n", length == (int)strlen(here) && memcmp(here, target, (size_t)length) == 0);
    length = (int)readlink("/proc/self", target, sizeof target);
    target[length] = 0;
    printf("self: %d\n", atoi(target) == getpid());
    printf("exe: %d\n", open("/proc/self/exe", O_RDONLY) >= 0);
    printf("through cwd: %d\n", open("/proc/self/cwd/other", O_CREAT | O_RDWR, 0600) >= 0 && open("other", O_RDONLY) >= 0);
    printf("through root: %d\n", open("/proc/self/root/dev/null", O_RDONLY) >= 0);
    show("chdir", CALL(NR_CHDIR, P("/proc/self")));
    printf("comm: %s", contents("comm"));
    printf("up: %d\n", open("../meminfo", O_RDONLY) >= 0);
    CALL(NR_GETCWD, P(here), sizeof here);
    printf("where: %d\n", atoi(here + 6) == getpid());
    show("chdir back", CALL(NR_CHDIR, P("/proc/self/root/tmp")));
}

static void refused(void) {
    show("make a file", CALL(5, P("/proc/x"), O_CREAT | O_WRONLY, 0600));
    show("make a file below", CALL(5, P("/proc/self/x"), O_CREAT | O_WRONLY, 0600));
    show("make a directory", CALL(NR_MKDIR, P("/proc/x"), 0700));
    show("make a link", CALL(NR_SYMLINK, P("a"), P("/proc/x")));
    show("unlink", CALL(NR_UNLINK, P("/proc/meminfo")));
    show("rmdir", CALL(NR_RMDIR, P("/proc/sys")));
    show("rename", CALL(NR_RENAME, P("/proc/meminfo"), P("/proc/x")));
    show("link out", CALL(NR_LINK, P("/proc/meminfo"), P("linked")));
    show("open below a file", CALL(5, P("/proc/meminfo/x"), 0, 0));
    show("no such process", CALL(5, P("/proc/999999/stat"), 0, 0));
    show("a leading zero", CALL(5, P("/proc/01"), 0, 0));
    show("execute", CALL(11, P("/proc/self/maps"), 0, 0));
    show("a directory as a file", CALL(5, P("/proc/self"), O_RDWR, 0));
}

int main(void) {
    names();
    descriptors();
    refused();
    links();
    return 0;
}
