// SPDX-License-Identifier: 0BSD
// Writes ELF files, right ones and odd ones, executes each in a child, and prints the error or how the child ended.
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOAD = 1, INTERPRETER = 3, EXECUTE = 1, WRITE = 2, READ = 4, TEXT = 0x1000, DATA = 0x2000, SIZE = 0x3000 };

struct header {
    uint8_t identification[16];
    uint16_t type, machine;
    uint32_t version, entry, program_headers, section_headers, flags;
    uint16_t size, program_header_size, count, section_header_size, section_count, names;
};
struct segment {
    uint32_t type, offset, address, physical, file_bytes, memory_bytes, flags, alignment;
};
static union {
    uint8_t bytes[SIZE];
    struct {
        struct header header;
        struct segment segments[8];
    };
} file;

static uint8_t *put_byte(uint8_t *at, unsigned value) {
    *at = (uint8_t)value;
    return at + 1;
}

static uint8_t *put_word(uint8_t *at, uint32_t value) {
    memcpy(at, &value, 4);
    return at + 4;
}

// mov $status, %ebx
static uint8_t *set_status(uint8_t *at, uint32_t status) { return put_word(put_byte(at, 0xBB), status); }

// or address, %ebx
static uint8_t *or_from(uint8_t *at, uint32_t address) { return put_word(put_byte(put_byte(at, 0x0B), 0x1D), address); }

// mov %ebx, address
static uint8_t *store_to(uint8_t *at, uint32_t address) {
    return put_word(put_byte(put_byte(at, 0x89), 0x1D), address);
}

// mov $1, %eax; int $0x80
static uint8_t *leave(uint8_t *at) { return put_byte(put_byte(put_word(put_byte(at, 0xB8), 1), 0xCD), 0x80); }

static struct segment *add(uint32_t type, uint32_t offset, uint32_t address, uint32_t bytes, uint32_t flags) {
    struct segment *segment = &file.segments[file.header.count++];
    *segment = (struct segment){type, offset, address, address, bytes, bytes, flags, 0x1000};
    return segment;
}

// A program with one segment of text at `address` that exits with `status`.
static struct segment *begin(uint16_t type, uint32_t address, uint32_t status) {
    memset(&file, 0, sizeof file);
    memcpy(file.header.identification, "\177ELF\1\1\1", 7);
    file.header.type = type;
    file.header.machine = 3;
    file.header.version = 1;
    file.header.entry = address;
    file.header.program_headers = sizeof file.header;
    file.header.size = sizeof file.header;
    file.header.program_header_size = sizeof(struct segment);
    leave(set_status(file.bytes + TEXT, status));
    return add(LOAD, TEXT, address, 0x100, READ | EXECUTE);
}

static void add_interpreter(const char *path) {
    strcpy((char *)file.bytes + 0x800, path);
    add(INTERPRETER, 0x800, 0, (uint32_t)strlen(path) + 1, READ);
}

static void write_file(const char *name, const void *bytes, uint32_t size, int rights) {
    unlink(name);
    int fd = open(name, O_CREAT | O_TRUNC | O_WRONLY, rights);
    if (write(fd, bytes, size) != (ssize_t)size)
        printf("%s cannot be written\n", name);
    close(fd);
}

static void save(const char *name) { write_file(name, file.bytes, SIZE, 0755); }

static void run(const char *title, const char *name) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        char *arguments[] = {(char *)name, NULL}, *environment[] = {NULL};
        execve(name, arguments, environment);
        printf("%s: %s\n", title, strerror(errno));
        printf("%s: errno %d\n", title, errno);
        fflush(stdout);
        _exit(99);
    }
    int status;
    waitpid(child, &status, 0);
    printf("%s: status 0x%x\n", title, status);
}

static void run_file(const char *title) {
    save("odd");
    run(title, "odd");
}

static void headers(void) {
    begin(2, 0x08048000, 42);
    run_file("plain");
    begin(2, 0x08048000, 42)->type = 6;
    run_file("nothing to load");
    begin(2, 0x08048000, 42);
    file.header.count = 0;
    run_file("no program headers");
    begin(2, 0x08048000, 42);
    file.header.program_header_size = 56;
    run_file("large program headers");
    begin(2, 0x08048000, 42);
    file.header.count = 200;
    run_file("many program headers");
    begin(2, 0x08048000, 42);
    file.header.program_headers = SIZE;
    run_file("program headers past the end");
    begin(1, 0x08048000, 42);
    run_file("object file");
    begin(2, 0x08048000, 42);
    file.header.machine = 40;
    run_file("another machine");
    write_file("odd", "", 0, 0755);
    run("empty", "odd");
    write_file("odd", "echo hello\n", 11, 0755);
    run("text", "odd");
    write_file("odd", file.bytes, SIZE, 0644);
    run("no right to execute", "odd");
    run("directory", ".");
    run("missing", "none");
    run("below a file", "odd/none");
}

static void segments(void) {
    begin(2, 0x08048000, 42)->memory_bytes = 0x80;
    run_file("more in the file than in memory");
    begin(2, 0x08048000, 42)->address += 0x234;
    run_file("offset and address do not fit");
    begin(2, 0x08048000, 42);
    memcpy(file.bytes + DATA, file.bytes + TEXT, 0x100);
    set_status(file.bytes + DATA, 43);
    add(LOAD, DATA, 0x08048000, 0x100, READ | EXECUTE);
    run_file("a later segment over the first");
    begin(2, 0x08048000, 42);
    memset(file.bytes + DATA, 0x40, 0x1000);
    leave(or_from(or_from(or_from(set_status(file.bytes + TEXT, 1), 0x0804a010), 0x0804afff - 3), 0x0804cff0));
    add(LOAD, DATA, 0x0804a000, 0x10, READ | WRITE)->memory_bytes = 0x3000;
    run_file("zeros over some pages");
    begin(2, 0x08048000, 42);
    memset(file.bytes + DATA, 0x40, 0x1000);
    leave(store_to(set_status(file.bytes + TEXT, 44), 0x0804b000));
    add(LOAD, DATA, 0x0804a000, 0x10, READ)->memory_bytes = 0x2000;
    run_file("zeros of a segment that cannot be written");
    begin(2, 0x08048000, 42);
    leave(store_to(set_status(file.bytes + TEXT, 45), 0x0804a000));
    struct segment *zeros = add(LOAD, DATA, 0x0804a000, 0, READ);
    zeros->memory_bytes = 0x10;
    run_file("nothing but zeros");
    begin(2, 0x08048000, 42);
    leave(store_to(set_status(file.bytes + TEXT, 46), 0x08048800));
    run_file("text cannot be written");
}

// call 1f; 1: pop %ebx; shr $12, %ebx; and $mask, %ebx
static void exit_with_page(uint8_t mask) {
    uint8_t *at = put_byte(put_word(put_byte(file.bytes + TEXT, 0xE8), 0), 0x5B);
    at = put_byte(put_byte(put_byte(at, 0xC1), 0xEB), 12);
    leave(put_byte(put_byte(put_byte(at, 0x83), 0xE3), mask));
}

static void places(void) {
    begin(3, 0, 47);
    run_file("anywhere");
    begin(3, 0x5000, 48);
    run_file("anywhere, not from 0 on");
    begin(3, 0, 0)->alignment = 0x10000;
    exit_with_page(15);
    run_file("anywhere, aligned");
}

static void interpreters(void) {
    begin(2, 0x09000000, 50);
    save("fixed");
    begin(3, 0, 51);
    save("moving");
    begin(3, 0x7000, 52);
    save("moving_high");
    begin(3, 0, 53);
    file.header.machine = 40;
    save("foreign");
    begin(3, 0, 53)->type = 6;
    save("hollow");
    write_file("short", "text\n", 5, 0755);
    write_file("long", "a text that is longer than the header of an ELF file, by some bytes at least\n", 77, 0755);
    write_file("plain", "text\n", 5, 0644);
    static const char *const paths[] = {"fixed", "moving", "moving_high", "foreign", "hollow", "short",
                                        "long",  "plain",  ".",           "none",    "short/none"};
    for (unsigned i = 0; i < sizeof paths / sizeof *paths; i++) {
        for (uint16_t type = 2; type <= 3; type++) {
            begin(type, type == 2 ? 0x08048000 : 0, 42);
            add_interpreter(paths[i]);
            printf("type %d, ", type);
            run_file(paths[i]);
        }
    }
    begin(2, 0x08048000, 42);
    add_interpreter("moving");
    file.segments[1].file_bytes--;
    run_file("path without an end");
    file.segments[1].file_bytes = 1;
    run_file("path of one byte");
    file.segments[1].file_bytes = 5000;
    run_file("path of 5000 bytes");
    file.segments[1].file_bytes = 100;
    file.segments[1].offset = SIZE - 50;
    run_file("path past the end");
    begin(2, 0x08048000, 42);
    add_interpreter("");
    file.segments[1].file_bytes = 2;
    run_file("empty path");
    begin(2, 0x08048000, 42);
    add_interpreter("moving");
    add(INTERPRETER, 0, 0, 1, READ);
    run_file("a second path");
}

int main(void) {
    headers();
    segments();
    places();
    interpreters();
    return 0;
}
