// SPDX-License-Identifier: 0BSD
// Children whose parent dies first: who their parent is then, and who may wait for them. A subreaper takes them in.
#include "child_process.h"
#include <sys/syscall.h>

#define SET_PDEATHSIG 1
#define GET_PDEATHSIG 2
#define SET_CHILD_SUBREAPER 36
#define GET_CHILD_SUBREAPER 37

static int control(int what, unsigned value) {
    return (int)syscall(SYS_prctl, what, value, 0, 0, 0);
}

/// A child with a child of its own, which is told once its parent has ended and been waited for.
static pid_t leave_orphan(struct gate *parent_gone, void (*work)(pid_t)) {
    pid_t child = start_child();
    if (child == 0) {
        pid_t parent = getpid();
        if (start_child() == 0) {
            pass_gate(parent_gone);
            work(parent);
            end_child(3);
        }
        _exit(0);
    }
    end_of(child);
    return child;
}

static struct gate told;

static void say_whose(pid_t former) {
    printf("orphan: the former parent %d, somebody %d\n", getppid() == former, getppid() > 0);
    fflush(stdout);
    open_gate(&told);
}

static void nobodys(void) {
    struct gate parent_gone;
    make_gate(&parent_gone);
    leave_orphan(&parent_gone, say_whose);
    open_gate(&parent_gone);
    pass_gate(&told);
    printf("not the grandparent's: %d\n", result_of(wait(NULL)));
}

static pid_t reaper;

static void say_reaper(pid_t former) {
    printf("orphan: the former parent %d, the reaper %d\n", getppid() == former, getppid() == reaper);
}

static void reapers(void) {
    struct gate parent_gone;
    unsigned is_one = 7;
    int status = 0;
    make_gate(&parent_gone);
    reaper = getpid();
    control(GET_CHILD_SUBREAPER, (unsigned)&is_one);
    printf("a reaper at first: %u\n", is_one);
    printf("set: %d\n", control(SET_CHILD_SUBREAPER, 1));
    control(GET_CHILD_SUBREAPER, (unsigned)&is_one);
    printf("a reaper now: %u\n", is_one);
    pid_t former = leave_orphan(&parent_gone, say_reaper);
    open_gate(&parent_gone);
    pid_t orphan = wait(&status);
    printf("waited for the orphan: %d, status %d\n", orphan > 0 && orphan != former, WEXITSTATUS(status));
    printf("nobody else: %d\n", result_of(wait(&status)));
}

/// The orphan has ended before its parent, who has not waited for it.
static void zombies(void) {
    int status = 0;
    pid_t child = start_child();
    if (child == 0) {
        pid_t grandchild = start_child();
        if (grandchild == 0)
            _exit(9);
        siginfo_t info;
        waitid(P_PID, grandchild, &info, WEXITED | WNOWAIT);
        _exit(4);
    }
    printf("the child: %d\n", WEXITSTATUS(end_of(child)));
    printf("its zombie: %d, status %d\n", wait(&status) > 0, WEXITSTATUS(status));
}

static void reaper_is_not_inherited(void) {
    pid_t child = start_child();
    if (child == 0) {
        unsigned is_one = 7;
        control(GET_CHILD_SUBREAPER, (unsigned)&is_one);
        printf("a child is one, too: %u\n", is_one);
        end_child(0);
    }
    end_of(child);
}

static volatile int signals;

static void count_signal(int number) {
    (void)number;
    signals++;
}

/// Who asked for a signal at the parent's end gets it.
static void death_signal(void) {
    struct gate ready, heard;
    make_gate(&ready);
    make_gate(&heard);
    pid_t child = start_child();
    if (child == 0) {
        if (start_child() == 0) {
            sigset_t none;
            unsigned number = 0;
            sigemptyset(&none);
            change_mask(SIG_BLOCK, SIGUSR1);
            handle_with(SIGUSR1, count_signal, 0);
            printf("asked: %d, bad: %d\n", control(SET_PDEATHSIG, SIGUSR1), control(SET_PDEATHSIG, 65));
            control(GET_PDEATHSIG, (unsigned)&number);
            fflush(stdout);
            open_gate(&ready);
            while (signals == 0)
                sigsuspend(&none);
            printf("told of the end: %d, signal %u\n", getppid() == reaper, number);
            end_child(0);
        }
        pass_gate(&ready);
        _exit(0);
    }
    end_of(child);
    wait(NULL);
}

int main(void) {
    make_gate(&told);
    nobodys();
    reapers();
    zombies();
    reaper_is_not_inherited();
    death_signal();
    return 0;
}
