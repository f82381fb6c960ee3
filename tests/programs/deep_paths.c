// SPDX-License-Identifier: 0BSD
// Long names, long paths, deep directories, chains and loops of symbolic links, dots and slashes.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void show(const char *what, long result) {
    printf("%s: %ld %s\n", what, result < 0 ? result : 0, result < 0 ? strerror(errno) : "");
}

static char text[6000];

static void names(void) {
    memset(text, 'n', 256);
    text[255] = 0;
    show("255 letters", mkdir(text, 0755));
    text[255] = 'n', text[256] = 0;
    show("256 letters", mkdir(text, 0755));
    show("256 letters, to look at", open(text, O_RDONLY));
    strcpy(text + 255, "/x");
    show("below 255 letters", creat(text, 0644));
    for (int i = 0; i < 4095; i += 2)
        memcpy(text + i, "./", 3);
    text[4095] = 0;
    show("4095 bytes", open(text, O_RDONLY));
    strcpy(text + 4095, "x");
    show("4096 bytes", open(text, O_RDONLY));
    memset(text, 'n', 4095);
    show("4095 letters", symlink(text, "x"));
    text[4096] = 0;
    text[4095] = 0;
    show("a target of 4095 letters", symlink(text, "to_long"));
    show("and what it leads to", open("to_long", O_RDONLY));
    show("no target of more", (text[4095] = 'n', symlink(text, "x")));
}

static void deep(void) {
    char name[20];
    for (int i = 0; i < 60; i++) {
        snprintf(name, sizeof name, "level_%d", i);
        if (mkdir(name, 0755) != 0 || chdir(name) != 0)
            show("down", -1);
    }
    show("a file below", creat("file", 0644));
    getcwd(text, sizeof text);
    printf("%s\n", strstr(text, "/level_0/"));
    errno = 0;
    printf("%d %s\n", getcwd(text, 100) == NULL, strerror(errno));
    for (int i = 0; i < 60; i++)
        chdir("..");
    char *at = text;
    for (int i = 0; i < 60; i++)
        at += snprintf(at, 20, "level_%d/", i);
    strcpy(at, "file");
    show("by one path", open(text, O_RDONLY));
    strcpy(at, "file/");
    show("with a slash", open(text, O_RDONLY));
    strcpy(at, "file/x");
    show("below the file", open(text, O_RDONLY));
    strcpy(at, "../none/../file");
    show("by what is not there", open(text, O_RDONLY));
    strcpy(at, "././/../level_59///file");
    show("with dots and slashes", open(text, O_RDONLY));
}

static void links(void) {
    char name[20], target[20];
    close(creat("end", 0644));
    symlink("end", "link_1");
    for (int i = 2; i <= 41; i++) {
        snprintf(target, sizeof target, "link_%d", i - 1);
        snprintf(name, sizeof name, "link_%d", i);
        symlink(target, name);
    }
    show("40 links", open("link_40", O_RDONLY));
    show("41 links", open("link_41", O_RDONLY));
    show("41, not the last", open("link_41", O_RDONLY | O_NOFOLLOW));
    symlink(".", "here");
    char *at = text;
    for (int i = 0; i < 40; i++)
        at += snprintf(at, 10, "here/");
    strcpy(at, "end");
    show("here 40 times", open(text, O_RDONLY));
    strcpy(at, "here/end");
    show("here 41 times", open(text, O_RDONLY));
    symlink("itself", "itself");
    show("itself", open("itself", O_RDONLY));
    show("itself, made", open("itself", O_WRONLY | O_CREAT, 0644));
    show("below itself", mkdir("itself/x", 0755));
    show("as directory", chdir("itself"));
    show("to a file", chdir("end"));
    show("to nothing", chdir("none"));
    show("a link's link", rename("here/here/end", "here/moved"));
    show("moved", open("moved", O_RDONLY));
    show("the file", open("moved", O_RDONLY));
}

int main(void) {
    names();
    deep();
    links();
    return 0;
}
