#pragma once
// System calls that Swift's import of the C library leaves out.
#include <sys/types.h>

// Starts a program with these three standard streams and no other descriptors, SIGPIPE at its default; argv[0] is looked for in PATH.
// `directory` may be null; with `own_group` the program leads a process group of its own. Returns 0 or an errno.
int cs_spawn(pid_t *child, char *const argv[], char *const envp[], const char *directory, int input, int output, int errors,
             int own_group);
// A pipe whose ends programs do not inherit. Returns 0 or an errno.
int cs_pipe(int ends[2]);
