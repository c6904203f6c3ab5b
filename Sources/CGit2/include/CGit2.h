#pragma once
#include <git2.h>

// Loads libgit2 where that has not been done yet; 0 if it is not there. To be asked before anything else.
int git_library_is_there(void);
