// SPDX-License-Identifier: 0BSD
// A process group becomes orphaned: what is stopped in it gets SIGHUP and SIGCONT, since nobody is left to let it go
// on. And a stop that a terminal would send does nothing to a group that is orphaned.
#include "child_process.h"

static volatile int hang_ups, continues;

static void note(int number) {
    if (number == SIGHUP)
        hang_ups++;
    else
        continues++;
}

/// The job stops itself; its parent, the only link to the session, sees that and ends.
static void stopped_job(int stops) {
    struct gate go, ended;
    make_gate(&go);
    make_gate(&ended);
    pid_t child = start_child();
    if (child == 0) {
        setsid();
        pid_t shell = start_child();
        if (shell == 0) {
            pid_t job = start_child();
            if (job == 0) {
                setpgid(0, 0);
                handle_with(SIGHUP, note, 0);
                handle_with(SIGCONT, note, 0);
                if (stops)
                    raise(SIGSTOP);
                else
                    rest(100);
                pass_gate(&go);
                printf("%s: hung up %d, continued %d\n", stops ? "stopped" : "not stopped", hang_ups, continues);
                raise(SIGTSTP);
                printf("a terminal's stop is ignored\n");
                fflush(stdout);
                open_gate(&ended);
                _exit(0);
            }
            setpgid(job, job);
            int status = 0;
            if (stops)
                waitpid(job, &status, WUNTRACED);
            _exit(WIFSTOPPED(status) ? 1 : 0);
        }
        end_child(WEXITSTATUS(end_of(shell)));
    }
    printf("the shell saw it stopped: %d\n", WEXITSTATUS(end_of(child)));
    fflush(stdout);
    open_gate(&go);
    pass_gate(&ended);
}

static void linked_job(void) {
    int status = 0;
    pid_t job = start_child();
    if (job == 0) {
        setpgid(0, 0);
        handle_with(SIGCONT, note, 0);
        handle_with(SIGHUP, note, 0);
        raise(SIGTSTP);
        end_child(hang_ups * 10 + continues);
    }
    setpgid(job, job);
    waitpid(job, &status, WUNTRACED);
    printf("in a group with a parent outside: stopped %d by %d\n", WIFSTOPPED(status), WSTOPSIG(status));
    kill(job, SIGCONT);
    printf("let go on: %d\n", WEXITSTATUS(end_of(job)));
}

int main(void) {
    stopped_job(1);
    stopped_job(0);
    linked_job();
    return 0;
}
