// SPDX-License-Identifier: 0BSD
// execveat: programs and scripts by a directory and by a descriptor alone, what they are told of their file, and what is refused.
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "child_process.h"
#include "linux_raw_call.h"
#include "own_copy.h"

#define O_PLACE 010000000
#define EMPTY_PATH 0x1000
#define NO_FOLLOW 0x100
#define ONLY_CHECK 0x10000

enum { NR_OPEN = 5, NR_EXECVEAT = 358, NR_MEMFD_CREATE = 356 };

static char *arguments[] = {"zero", "one", NULL}, *environment[] = {"A=1", NULL};

// argv[1] of who was executed; a script's interpreter has its own name before.
static int tell(int count, char **given) {
    char name[32] = "", path[256] = "";
    int fd = open("/proc/self/comm", O_RDONLY);
    read(fd, name, sizeof name - 1);
    name[strcspn(name, "\n")] = 0;
    printf("  runs as %s:", name);
    for (int i = 0; i < count; i++)
        printf(" %s", given[i]);
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    path[length > 0 ? length : 0] = 0;
    char *last = strrchr(path, '/');
    printf(", its file is %s\n", last != NULL ? last : path);
    close(fd);
    return 7;
}

static void run(const char *what, unsigned directory, const char *path, unsigned flags) {
    printf("%s\n", what);
    pid_t child = start_child();
    if (child == 0) {
        int error = CALL(NR_EXECVEAT, directory, P(path), P(arguments), P(environment), flags);
        printf("  refused: %d\n", error);
        end_child(0);
    }
    printf("  status %x\n", (unsigned)end_of(child));
}

static void write_script(const char *name) {
    int fd = open(name, O_CREAT | O_TRUNC | O_WRONLY, 0755);
    write(fd, "#!folder/prog -x\n", 17);
    close(fd);
}

static void programs(unsigned folder) {
    run("below a directory", folder, "prog", 0);
    run("a path of its own", CWD, "folder/prog", 0);
    unsigned prog = (unsigned)open("folder/prog", O_RDONLY);
    run("a descriptor", prog, "", EMPTY_PATH);
    run("a descriptor without the flag", prog, "", 0);
    run("below a file", prog, "prog", 0);
    fcntl((int)prog, F_SETFD, FD_CLOEXEC);
    run("a descriptor that closes", prog, "", EMPTY_PATH);
    close((int)prog);
    prog = (unsigned)CALL(NR_OPEN, P("folder/prog"), O_PLACE, 0);
    run("a place", prog, "", EMPTY_PATH);
    close((int)prog);
    run("nothing", 99, "", EMPTY_PATH);
    run("below nothing", 99, "prog", 0);
    run("a directory", folder, "", EMPTY_PATH);
    run("where one is", CWD, "", EMPTY_PATH);
    run("no such file", folder, "none", 0);
    run("unknown flag", folder, "prog", 0x10);
    run("only a check", folder, "prog", ONLY_CHECK);
    run("only a check of nothing", folder, "none", ONLY_CHECK);
    run("a link", folder, "link", 0);
    run("a link that is not followed", folder, "link", NO_FOLLOW);
    run("a file that is not followed", folder, "prog", NO_FOLLOW);
}

static void scripts(unsigned folder) {
    run("a script", CWD, "folder/script", 0);
    run("a script below a directory", folder, "script", 0);
    unsigned script = (unsigned)open("folder/script", O_RDONLY);
    run("a script by its descriptor", script, "", EMPTY_PATH);
    fcntl((int)script, F_SETFD, FD_CLOEXEC);
    run("a script by a descriptor that closes", script, "", EMPTY_PATH);
    fcntl((int)folder, F_SETFD, FD_CLOEXEC);
    run("a script below a directory that closes", folder, "script", 0);
    run("a program below a directory that closes", folder, "prog", 0);
    close((int)script);
}

static void without_names(void) {
    static char buffer[65536];
    int from = open("/proc/self/exe", O_RDONLY), memory = CALL(NR_MEMFD_CREATE, P("inner"), 0);
    for (ssize_t bytes; (bytes = read(from, buffer, sizeof buffer)) > 0;)
        write(memory, buffer, (size_t)bytes);
    close(from);
    run("memory", (unsigned)memory, "", EMPTY_PATH);
    printf("memory is written to: %d\n", (int)write(memory, "x", 1));
    unsigned prog = (unsigned)open("folder/prog", O_RDONLY);
    unlink("folder/prog");
    run("a file that has lost its name", prog, "", EMPTY_PATH);
    int written = open("folder/written", O_RDWR | O_CREAT, 0755);
    run("a file that is written to", (unsigned)written, "", EMPTY_PATH);
    int ends[2];
    pipe(ends);
    run("a pipe", (unsigned)ends[0], "", EMPTY_PATH);
    close(written);
    close((int)prog);
    close(memory);
}

int main(int count, char **given) {
    if (count > 1)
        return tell(count, given);
    mkdir("folder", 0755);
    copy_self("folder/prog");
    write_script("folder/script");
    symlink("prog", "folder/link");
    unsigned folder = (unsigned)open("folder", O_RDONLY);
    programs(folder);
    scripts(folder);
    without_names();
    unlink("folder/script");
    unlink("folder/link");
    unlink("folder/written");
    rmdir("folder");
    return 0;
}
