// SPDX-License-Identifier: 0BSD
// Executes scripts whose interpreter is this program itself, which then tells what it was started with; and what execve
// refuses: too much, too deep, and a file that is being written.
#include "own_copy.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char self[1000];

static int write_file(const char *name, const char *text, size_t size) {
    unlink(name);
    int fd = open(name, O_CREAT | O_TRUNC | O_WRONLY, 0755);
    if (write(fd, text, size) != (ssize_t)size)
        printf("%s cannot be written\n", name);
    close(fd);
    return 0;
}

static void run_with(const char *title, const char *path, char **arguments) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        char *environment[] = {"A=1", NULL};
        execve(path, arguments, environment);
        printf("%s: errno %d\n", title, errno);
        fflush(stdout);
        _exit(99);
    }
    int status;
    waitpid(child, &status, 0);
    printf("%s: status 0x%x\n", title, status);
}

static void run(const char *title, const char *path) {
    char *arguments[] = {"zero", "one", "", NULL};
    run_with(title, path, arguments);
}

static void run_text(const char *title, const char *text) {
    write_file("script", text, strlen(text));
    run(title, "script");
}

static int read_all(const char *path, char *to, int limit) {
    int fd = open(path, O_RDONLY), done = 0;
    for (int bytes; done < limit && (bytes = read(fd, to + done, (size_t)(limit - done))) > 0;)
        done += bytes;
    close(fd);
    return done;
}

static int tell(int count, char **arguments, char **environment) {
    for (int i = 0; i < count; i++)
        printf(" argv[%d] \"%.300s\"\n", i, arguments[i]);
    printf(" environment %s\n", environment[0] ? environment[0] : "none");
    while (*environment != NULL)
        environment++;
    const unsigned *auxiliary = (const unsigned *)(environment + 1);
    for (const unsigned *at = auxiliary; at[0] != 0; at += 2) {
        if (at[0] == 31)
            printf(" AT_EXECFN %s\n", (const char *)at[1]);
    }
    static char text[20000];
    int size = read_all("/proc/self/cmdline", text, sizeof text), at = 0;
    printf(" cmdline %d bytes:", size);
    for (int i = 0; i < count; i++) {
        printf(" %s", strcmp(text + at, arguments[i]) == 0 ? "same" : "another");
        at += (int)strlen(text + at) + 1;
    }
    size = read_all("/proc/self/environ", text, sizeof text);
    text[size] = 0;
    printf("\n environ %d bytes: %s\n", size, text);
    size = read_all("/proc/self/comm", text, sizeof text);
    printf(" comm %.*s", size, text);
    int words = 0;
    while (auxiliary[words] != 0)
        words += 2;
    size = read_all("/proc/self/auxv", text, sizeof text);
    printf(" auxv %s\n", size >= 4 * words && memcmp(text, auxiliary, 4 * (size_t)words) == 0 ? "the same" : "another");
    char link[1000] = "";
    readlink("/proc/self/exe", link, sizeof link - 1);
    printf(" exe %s\n", strrchr(link, '/'));
    return 7;
}

static void plain_scripts(void) {
    run_text("no argument", "#!tell\nand more\n");
    run_text("one argument", "#!tell argument\n");
    run_text("spaces in the argument", "#! \t tell \t  two words \t\n");
    run_text("spaces after the path", "#!tell   \n");
    run_text("no line end", "#!tell argument");
    run_text("nothing after the path", "#!tell");
    run_text("a blank at the end", "#!tell ");
    run_text("no interpreter", "#!\n");
    run_text("blanks for an interpreter", "#!  \t \nmore\n");
    run_text("two characters", "#!");
    run_text("one character", "#");
    run_text("missing interpreter", "#!none\n");
    run_text("interpreter is a directory", "#!.\n");
    run_text("interpreter below a file", "#!tell/none\n");
    write_file("script", "#!tell\0x argument\n", 18);
    run("NUL after the path", "script");
    write_file("script", "#!tell a\0b\n", 11);
    run("NUL in the argument", "script");
    symlink("script", "link");
    run_text("(again)", "#!tell argument\n");
    run("by a link", "./link");
    char *none[] = {NULL};
    run_with("without arguments", "script", none);
    run_with("program without arguments", "tell", none);
}

// Lines that end before, at and after what is looked at.
static void long_lines(void) {
    static char text[400];
    for (int length = 252; length <= 258; length++) {
        char title[40];
        memset(text, 'x', sizeof text);
        memcpy(text, "#!tell ", 7);
        text[length] = '\n';
        write_file("script", text, sizeof text);
        snprintf(title, sizeof title, "argument to %d", length);
        run(title, "script");
        memset(text, '/', sizeof text);
        memcpy(text, "#!.", 3);
        memcpy(text + length - 4, "tell\n", 5);
        write_file("script", text, sizeof text);
        snprintf(title, sizeof title, "path to %d", length);
        run(title, "script");
        text[length] = ' ';
        write_file("script", text, sizeof text);
        snprintf(title, sizeof title, "path and blank to %d", length);
        run(title, "script");
    }
    memset(text, ' ', sizeof text);
    memcpy(text, "#!", 2);
    memcpy(text + 300, "tell\n", 5);
    write_file("script", text, sizeof text);
    run("blanks alone", "script");
}

static void chains(void) {
    write_file("s0", "#!tell\n", 7);
    for (int i = 1; i <= 7; i++) {
        char name[3] = {'s', (char)('0' + i), 0}, text[] = "#!s? x\n", title[] = "chain of ?";
        text[3] = (char)('0' + i - 1);
        title[9] = (char)('0' + i + 1);
        write_file(name, text, 7);
        run(title, name);
    }
    write_file("loop", "#!loop\n", 7);
    run("loop", "loop");
}

static void too_much(void) {
    static char text[140000], *arguments[40];
    memset(text, 'y', sizeof text - 1);
    const int lengths[] = {131070, 131071, 131072, 139999};
    for (unsigned i = 0; i < 4; i++) {
        text[lengths[i]] = 0;
        char *one[] = {"tell", text, NULL};
        char title[40];
        snprintf(title, sizeof title, "an argument of %d", lengths[i]);
        run_with(title, "quiet", one);
        text[lengths[i]] = 'y';
    }
    text[131071] = 0;
    for (int count = 14; count <= 17; count++) {
        char title[40];
        for (int i = 0; i < count; i++)
            arguments[i] = text;
        arguments[count] = NULL;
        snprintf(title, sizeof title, "%d large arguments", count);
        run_with(title, "quiet", arguments);
    }
    char *bad[] = {"tell", (char *)16, NULL};
    run_with("an argument that is no address", "tell", bad);
    run_with("arguments that are no address", "tell", (char **)16);
}

static int try_open(const char *path, int flags) {
    int fd = open(path, flags);
    if (fd < 0)
        return errno;
    close(fd);
    return 0;
}

static void busy(void) {
    copy_self("busy");
    int fd = open("busy", O_WRONLY);
    run("open for writing", "busy");
    int again = dup(fd);
    close(fd);
    run("still open", "busy");
    close(again);
    fd = open("busy", O_RDONLY);
    run("open for reading", "busy");
    close(fd);
    write_file("script", "#!tell\n", 7);
    fd = open("script", O_RDWR);
    run("script open for writing", "script");
    close(fd);
    fd = open("tell", O_RDWR);
    run("interpreter open for writing", "script");
    close(fd);
    copy_self("running");
    run("running", "running");
}

// Started by the name "running", in the folder where that is.
static int while_running(void) {
    printf(" for writing: %d\n", try_open("running", O_WRONLY));
    printf(" for both: %d\n", try_open("running", O_RDWR));
    printf(" to cut it: %d\n", try_open("running", O_RDONLY | O_TRUNC));
    printf(" for reading: %d\n", try_open("running", O_RDONLY));
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        printf(" in a child: %d\n", try_open("running", O_WRONLY));
        char *arguments[] = {"quiet", NULL};
        fflush(stdout);
        execve("quiet", arguments, arguments + 1);
    }
    int status;
    waitpid(child, &status, 0);
    printf(" after it: %d, %d\n", try_open("running", O_WRONLY), status);
    unlink("running");
    printf(" another by its name: %d\n", write_file("running", "x", 1));
    return 3;
}

int main(int count, char **arguments, char **environment) {
    readlink("/proc/self/exe", self, sizeof self - 1);
    const char *name = strrchr(self, '/') + 1;
    if (strcmp(name, "tell") == 0)
        return tell(count, arguments, environment);
    if (strcmp(name, "quiet") == 0)
        return count;
    if (strcmp(name, "running") == 0)
        return while_running();
    if (strcmp(name, "busy") == 0)
        return 4;
    copy_self("tell");
    copy_self("quiet");
    plain_scripts();
    long_lines();
    chains();
    too_much();
    busy();
    return 0;
}
