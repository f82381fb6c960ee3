// SPDX-License-Identifier: 0BSD
// A persistent store with transactions: data structures live in a file that is mapped at the same address by each
// program that uses it, so that pointers in it stay good.
//
// The file is mapped privately and write-protected. The first store into a page faults; the handler puts the page
// into the transaction's write set and unprotects it. Commit writes these pages to the file; abort throws the private
// copies away (MADV_DONTNEED), and the next touch shows the file's page again. A program that dies in a transaction
// has changed nothing.
#include "fault_handling.h"
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGES 16
#define PLACE ((struct store *)0x50000000)

struct account {
    struct account *next;
    int balance;
    char padding[1000];
};
struct store {
    struct account *first;
    unsigned used; // bytes
};

static int file;
static unsigned char written[PAGES];
static unsigned pages_committed;

static void join_write_set(int number, siginfo_t *info, void *context) {
    (void)number, (void)context;
    unsigned page = page_number((char *)PLACE, PAGES, info);
    written[page] = 1;
    protect_page((char *)PLACE + page * PAGE, PROT_READ | PROT_WRITE);
}

static void open_store(void) {
    file = open("accounts", O_RDWR | O_CREAT, 0600);
    ftruncate(file, PAGES * PAGE);
    mmap(PLACE, PAGES * PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED, file, 0);
    handle(SIGSEGV, join_write_set);
}

static void commit(void) {
    for (unsigned page = 0; page < PAGES; page++)
        if (written[page]) {
            char *at = (char *)PLACE + page * PAGE;
            pages_committed += pwrite(file, at, PAGE, (off_t)(page * PAGE)) == PAGE;
            protect_page(at, PROT_READ);
        }
    memset(written, 0, sizeof written);
}

static void abort_transaction(void) {
    madvise(PLACE, PAGES * PAGE, MADV_DONTNEED);
    mprotect(PLACE, PAGES * PAGE, PROT_READ);
    memset(written, 0, sizeof written);
}

static struct account *open_account(int balance) {
    struct account *account = (struct account *)((char *)PLACE + sizeof(struct store) + PLACE->used);
    PLACE->used += sizeof *account;
    account->next = PLACE->first;
    account->balance = balance;
    PLACE->first = account;
    return account;
}

static void tell(const char *what) {
    int total = 0, count = 0;
    for (const volatile struct account *account = PLACE->first; account != NULL; account = account->next) {
        total += account->balance;
        count++;
    }
    printf("%s: %d accounts, %d in all, pages committed %u\n", what, count, total, pages_committed);
}

/// Another program that uses the store; here a child that maps it anew.
static void in_another_program(void (*work)(void)) {
    fflush(stdout);
    if (fork() == 0) {
        munmap(PLACE, PAGES * PAGE);
        faults_handled = 0;
        open_store();
        work();
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
}

static void read_all(void) {
    tell("another program");
    tell_faults();
}

static void die_within(void) {
    PLACE->first->balance = 1000000;
    tell("before it dies");
    tell_faults();
    fflush(stdout);
    kill(getpid(), SIGKILL);
}

int main(void) {
    unlink("accounts");
    open_store();
    for (int i = 1; i <= 20; i++)
        open_account(10 * i);
    tell("opened");
    in_another_program(read_all); // nothing is committed yet
    commit();
    tell("committed");
    in_another_program(read_all);
    PLACE->first->balance -= 50;
    PLACE->first->next->next->next->next->next->balance += 50;
    commit();
    tell("moved 50");
    for (struct account *account = PLACE->first; account != NULL; account = account->next)
        account->balance = 0;
    tell("all lost");
    abort_transaction();
    tell("aborted");
    in_another_program(die_within);
    munmap(PLACE, PAGES * PAGE);
    open_store();
    tell("opened again");
    unlink("accounts");
    tell_faults();
    return 0;
}
