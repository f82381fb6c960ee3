// SPDX-License-Identifier: 0BSD
// Writes a file, reads it back in two ways, and looks at what is said of it; then what is not there.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void copy_out(const char *path) {
    char buffer[7];
    int fd = open(path, O_RDONLY);
    ssize_t count;
    fflush(stdout);
    while ((count = read(fd, buffer, sizeof buffer)) > 0)
        if (write(STDOUT_FILENO, buffer, (size_t)count) != count)
            return;
    close(fd);
}

static void show(const char *what, long result) {
    printf("%s: %ld, %s\n", what, result, strerror(errno));
}

int main(void) {
    FILE *out = fopen("lines.txt", "w");
    for (int i = 1; i <= 3; i++)
        fprintf(out, "line %d of three\n", i);
    fclose(out);
    out = fopen("lines.txt", "a");
    fputs("and one more\n", out);
    fclose(out);
    copy_out("lines.txt");

    char line[100];
    FILE *in = fopen("lines.txt", "r");
    for (int i = 1; fgets(line, sizeof line, in) != NULL; i++)
        printf("%d %s", i, line);
    printf("at the end: %d\n", feof(in) != 0);
    fclose(in);

    struct stat status;
    if (stat("lines.txt", &status) != 0)
        return 1;
    printf("%ld bytes, regular %d, directory %d\n", (long)status.st_size, S_ISREG(status.st_mode), S_ISDIR(status.st_mode));
    int fd = open("lines.txt", O_RDONLY);
    printf("seek %ld\n", (long)lseek(fd, -5, SEEK_END));
    ssize_t count = read(fd, line, sizeof line);
    printf("%d: %.*s", (int)count, (int)count, line);
    close(fd);
    show("read of a closed file", read(fd, line, 1));
    unlink("lines.txt");
    show("open", open("lines.txt", O_RDONLY));
    if (fopen("lines.txt", "r") == NULL)
        perror("lines.txt");
    return 0;
}
