#pragma once
#include <git2.h>

// Loads libgit2 where that has not been done yet; 0 if it is not there. To be asked before anything else.
int git_library_is_there(void);

// Why the library is not there; NULL if it is.
const char *git_library_problem(void);

// The version of the binary interface that this program was built for, such as "1.9".
const char *git_library_soversion(void);
