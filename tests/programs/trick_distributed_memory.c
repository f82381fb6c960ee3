// SPDX-License-Identifier: 0BSD
// Distributed shared memory (TRAP, PROT1, UNPROT): two nodes, each with memory of its own, see one shared memory, and
// use plain pointers. The nodes are processes, the network is two pipes.
//
// Consistency: one writer or many readers a page. For each page a node is in one of three states (MSI): Modified, it
// alone has the page and may write; Shared, others may read it, too; Invalid, it has nothing. The page's rights are
// the state's: both, read, none. A fault sends a request to the other node, receives the page where it is to come,
// and resumes. One node computes at a time; the other waits for messages and answers: for a read it becomes Shared
// and sends the page, for a write Invalid.
#include "fault_handling.h"
#include <sys/wait.h>
#include <unistd.h>

#define PAGES 6

enum state { INVALID, SHARED, MODIFIED };
enum kind { READ_PAGE, WRITE_PAGE, HERE_IT_IS, YOUR_TURN, END };
struct message {
    enum kind kind;
    unsigned page;
    int with_content;
};

static char *memory;
static enum state states[PAGES];
static const char *node;
static int in, out;
static unsigned reads, writes, pages_received, invalidations;

static void set_state(unsigned page, enum state state) {
    static const int rights[] = {PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE};
    states[page] = state;
    protect_page(memory + page * PAGE, rights[state]);
}

static void transfer(ssize_t (*how)(int, void *, size_t), int pipe_end, void *bytes, size_t size) {
    for (size_t done = 0; done < size;) {
        ssize_t moved = how(pipe_end, (char *)bytes + done, size - done);
        if (moved <= 0) {
            printf("%s has lost the other node\n", node);
            exit(1);
        }
        done += (size_t)moved;
    }
}

static ssize_t write_some(int fd, void *bytes, size_t size) {
    return write(fd, bytes, size);
}

static void send(enum kind kind, unsigned page, int with_content) {
    struct message message = {kind, page, with_content};
    transfer(write_some, out, &message, sizeof message);
    if (with_content)
        transfer(write_some, out, memory + page * PAGE, PAGE);
}

static struct message receive(void) {
    struct message message;
    transfer(read, in, &message, sizeof message);
    return message;
}

/// Read: Invalid becomes Shared. Write: Invalid or Shared becomes Modified; the other node has the page's content
/// only in the first case to send.
static void page_fault(int number, siginfo_t *info, void *context) {
    (void)number;
    unsigned page = page_number(memory, PAGES, info);
    int writes_it = was_write(context);
    reads += !writes_it;
    writes += (unsigned)writes_it;
    send(writes_it ? WRITE_PAGE : READ_PAGE, page, 0);
    struct message answer = receive();
    if (answer.with_content) {
        set_state(page, MODIFIED);
        transfer(read, in, memory + page * PAGE, PAGE);
        pages_received++;
    }
    set_state(page, writes_it ? MODIFIED : SHARED);
}

static void answer_request(const struct message *request) {
    enum state before = states[request->page];
    if (request->kind == READ_PAGE) {
        set_state(request->page, SHARED);
        send(HERE_IT_IS, request->page, 1);
        return;
    }
    int has_the_only_copy = before == MODIFIED;
    send(HERE_IT_IS, request->page, has_the_only_copy);
    invalidations++;
    set_state(request->page, INVALID);
}

/// Until it is this node's turn; 0 at the end.
static int serve(void) {
    for (;;) {
        struct message message = receive();
        if (message.kind == YOUR_TURN || message.kind == END)
            return message.kind == YOUR_TURN;
        answer_request(&message);
    }
}

static volatile int *shared_word(unsigned page, unsigned index) {
    return (volatile int *)(memory + page * PAGE) + index;
}

/// What a node does in its turn: adds to a counter, fills its own part of a vector, and looks at the other's.
static void compute(int round, int mine) {
    *shared_word(0, 0) += 1 + mine;
    for (unsigned i = 0; i < 100; i++)
        *shared_word(1 + (unsigned)mine, i) = round * 1000 + (int)i;
    int sum = 0;
    for (unsigned i = 0; i < 100; i++)
        sum += *shared_word(2 - (unsigned)mine, i);
    printf("%s, round %d: counter %d, the other's sum %d, page 3 says %d\n", node, round, *shared_word(0, 0), sum,
           *shared_word(3, 7));
    if (round == 2)
        *shared_word(3, 7) = 42 + mine;
    fflush(stdout);
}

static void tell_node(void) {
    static const char letters[] = "ISM";
    printf("%s: states ", node);
    for (unsigned page = 0; page < PAGES; page++)
        putchar(letters[states[page]]);
    printf(", read faults %u, write faults %u, pages received %u, invalidated %u\n", reads, writes, pages_received,
           invalidations);
    tell_faults();
    fflush(stdout);
}

static void start_node(const char *name, int from, int to, enum state state) {
    node = name;
    in = from;
    out = to;
    memory = map_pages(PAGES, PROT_READ | PROT_WRITE);
    for (unsigned page = 0; page < PAGES; page++)
        set_state(page, state);
    handle(SIGSEGV, page_fault);
}

int main(void) {
    int to_second[2], to_first[2], status = 0, round = 1;
    pipe(to_second);
    pipe(to_first);
    if (fork() == 0) {
        start_node("second", to_second[0], to_first[1], INVALID);
        for (; serve(); round++) {
            compute(round, 1);
            send(YOUR_TURN, 0, 0);
        }
        tell_node();
        _exit(0);
    }
    start_node("first", to_first[0], to_second[1], MODIFIED); // it has all pages at the start
    for (; round <= 4; round++) {
        compute(round, 0);
        send(YOUR_TURN, 0, 0);
        serve();
    }
    send(END, 0, 0);
    wait(&status);
    tell_node();
    return status;
}
