// SPDX-License-Identifier: 0BSD
// What wait tells of a child, and how it is asked: waitpid's options, waitid's, and what is left for the next who asks.
#include "child_process.h"

static void show(const char *what, int result, const siginfo_t *info, pid_t child) {
    printf("%s: %d", what, result);
    if (result == 0)
        printf(", signal %d, code %d, status %d, the child %d", info->si_signo, info->si_code, info->si_status,
               info->si_pid == child);
    printf("\n");
}

static void ask(const char *what, pid_t child, int options) {
    siginfo_t info;
    memset(&info, 0x55, sizeof info);
    int result = result_of(waitid(P_PID, child, &info, options));
    show(what, result, &info, child);
}

static void ends(void) {
    pid_t child = start_child();
    if (child == 0)
        _exit(300);
    ask("looked at", child, WEXITED | WNOWAIT);
    ask("and again", child, WEXITED | WNOWAIT | WNOHANG);
    ask("only stops are asked for", child, WSTOPPED | WNOHANG);
    int status = 0;
    printf("waitpid: %d, %x\n", waitpid(child, &status, WNOHANG) == child, (unsigned)status);
    ask("gone", child, WEXITED);
    child = waiting_child();
    kill(child, SIGTERM);
    ask("killed", child, WEXITED);
    child = start_child();
    if (child == 0)
        abort();
    siginfo_t info;
    waitid(P_PID, child, &info, WEXITED);
    printf("aborted: killed or dumped %d, status %d\n", info.si_code == CLD_KILLED || info.si_code == 3,
           info.si_status);
}

static void stops(void) {
    pid_t child = waiting_child();
    ask("nothing yet", child, WEXITED | WSTOPPED | WCONTINUED | WNOHANG);
    kill(child, SIGSTOP);
    ask("stopped, looked at", child, WSTOPPED | WNOWAIT);
    ask("stopped", child, WSTOPPED);
    ask("told once", child, WSTOPPED | WNOHANG);
    kill(child, SIGCONT);
    ask("continued", child, WCONTINUED);
    ask("told once", child, WCONTINUED | WNOHANG);
    kill(child, SIGSTOP);
    int status = 0;
    rest(50);
    printf("without WUNTRACED: %d\n", waitpid(child, &status, WNOHANG));
    kill(child, SIGKILL);
    printf("killed while stopped: %x\n", (unsigned)end_of(child));
}

static void any(void) {
    pid_t children[3];
    int exits = 0, seen = 0;
    for (int i = 0; i < 3; i++) {
        children[i] = start_child();
        if (children[i] == 0) {
            setpgid(0, 0);
            _exit(1 << i);
        }
    }
    siginfo_t info;
    for (int i = 0; i < 3; i++)
        if (waitid(P_ALL, 0, &info, WEXITED) == 0) {
            exits += info.si_status;
            for (int c = 0; c < 3; c++)
                seen |= (info.si_pid == children[c]) << c;
        }
    printf("any: exits %d, seen %x, then %d\n", exits, (unsigned)seen, result_of(waitid(P_ALL, 0, &info, WEXITED)));
    pid_t child = waiting_child();
    setpgid(child, child);
    printf("a group: %d", result_of(waitid(P_PGID, child, &info, WEXITED | WNOHANG)));
    printf(", another %d", result_of(waitid(P_PGID, child + 100000, &info, WEXITED | WNOHANG)));
    printf(", my own %d\n", result_of(waitid(P_PGID, 0, &info, WEXITED | WNOHANG)));
    printf("my own by waitpid: %d\n", result_of(waitpid(0, NULL, WNOHANG)));
    kill(child, SIGKILL);
    printf("its group: %d\n", waitpid(-child, NULL, 0) == child);
}

static void refused(void) {
    siginfo_t info;
    printf("no event asked for: %d\n", result_of(waitid(P_ALL, 0, &info, WNOHANG)));
    printf("unknown option: %d %d\n", result_of(waitid(P_ALL, 0, &info, WEXITED | 0x100)),
           result_of(waitpid(-1, NULL, WEXITED)));
    printf("unknown kind: %d, no pid: %d %d\n", result_of(waitid(77, 1, &info, WEXITED)),
           result_of(waitid(P_PID, 0, &info, WEXITED)), result_of(waitid(P_PGID, -5, &info, WEXITED)));
    printf("nobody's group: %d\n", result_of(waitpid((pid_t)0x80000000, NULL, 0)));
    pid_t child = start_child();
    if (child == 0)
        _exit(1);
    int result = result_of(waitid(P_PID, child, (siginfo_t *)16, WEXITED));
    printf("bad address: %d, the child is gone: %d\n", result, result_of(waitpid(child, NULL, 0)));
    child = start_child();
    if (child == 0)
        _exit(1);
    result = result_of(waitpid(child, (int *)16, 0));
    printf("bad address: %d, the child is gone: %d\n", result, result_of(waitpid(child, NULL, 0)));
    child = start_child();
    if (child == 0)
        _exit(6);
    printf("nothing to write to: %d\n", result_of(waitid(P_PID, child, NULL, WEXITED)));
    printf("not my child: %d\n", result_of(waitpid(getpid(), NULL, 0)));
}

int main(void) {
    ends();
    stops();
    any();
    refused();
    return 0;
}
