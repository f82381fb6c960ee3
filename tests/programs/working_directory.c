// SPDX-License-Identifier: 0BSD
// Where a process is: getcwd, /proc/self/cwd-like relations, links to directories, and a directory that is gone.
#include "child_process.h"
#include <fcntl.h>
#include <sys/stat.h>

static char first[512];

/// The name without where the program was started.
static const char *below(const char *path) {
    size_t length = strcmp(first, "/") == 0 ? 0 : strlen(first);
    return strncmp(path, first, length) == 0 ? path + length : path;
}

static void where(const char *what) {
    char here[512];
    if (getcwd(here, sizeof here) == NULL)
        printf("%s: errno %d\n", what, errno);
    else
        printf("%s: %s\n", what, *below(here) != '\0' ? below(here) : "/");
}

static void go(const char *path) {
    int result = result_of(chdir(path));
    printf("to %s: %d, ", path, result);
    where("in");
}

static int same(const char *one, const char *other) {
    struct stat a, b;
    return stat(one, &a) == 0 && stat(other, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

int main(void) {
    char text[64];
    getcwd(first, sizeof first);
    mkdir("one", 0755);
    mkdir("one/two", 0755);
    symlink("one/two", "link");
    symlink("../one", "one/up");
    close(open("file", O_CREAT | O_WRONLY, 0644));
    go("one/two");
    go("..");
    go("./two/../two/.");
    go("../..");
    go("link"); // where it leads to, not by which name
    go("../up/up/two");
    printf(".. of here is one: %d\n", same("..", "../../one"));
    chdir(first);
    go("file");
    go("nothing");
    go("");
    printf("too small: %d %d\n", result_of(getcwd(text, 1) == NULL ? -1 : 0),
           result_of(getcwd(text, 0) == NULL ? -1 : 0));
    ssize_t length = readlink("link", text, sizeof text);
    printf("readlink: %d %.*s\n", (int)length, (int)length, text);
    printf("cut off: %d, of a file: %d, nowhere: %d, no room: %d\n", (int)readlink("link", text, 3),
           result_of((int)readlink("file", text, 9)), result_of((int)readlink("nothing", text, 9)),
           result_of((int)readlink("link", text, 0)));
    pid_t child = start_child();
    if (child == 0) {
        chdir("one");
        where("a child goes");
        end_child(0);
    }
    end_of(child);
    where("its parent stays");
    int directory = open("one", O_RDONLY | O_DIRECTORY);
    chdir("one/two");
    rename("../../one", "../../other");
    where("renamed above");
    rmdir("../two");
    where("removed");
    printf("create in it: %d\n", result_of(open("new", O_CREAT | O_WRONLY, 0600)));
    printf("by descriptor: %d\n", result_of((int)syscall(133, directory)));
    where("in");
    printf("a file's descriptor: %d, none: %d\n", result_of((int)syscall(133, open("../file", O_RDONLY))),
           result_of((int)syscall(133, 77)));
    chdir(first);
    unlink("other/up");
    unlink("link");
    unlink("file");
    rmdir("other");
    return 0;
}
