// Forwards to libgit2, which is loaded when the first repository is opened: with TLS, SSH and Kerberos behind it, it brings twenty
// libraries, and loading them would take longer than most commands need for all their work.
//
// The declarations are libgit2's own, so the compiler checks every line of the table.
#include "CGit2.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

#define FUNCTIONS(X) \
    X(int, git_blob_create_from_buffer, (git_oid *id, git_repository *repo, const void *buffer, size_t len), (id, repo, buffer, len)) \
    X(void, git_blob_free, (git_blob *blob), (blob)) \
    X(int, git_blob_lookup, (git_blob **blob, git_repository *repo, const git_oid *id), (blob, repo, id)) \
    X(const void *, git_blob_rawcontent, (const git_blob *blob), (blob)) \
    X(git_object_size_t, git_blob_rawsize, (const git_blob *blob), (blob)) \
    X(int, git_clone, (git_repository **out, const char *url, const char *local_path, const git_clone_options *options), (out, url, local_path, options)) \
    X(int, git_clone_options_init, (git_clone_options *opts, unsigned int version), (opts, version)) \
    X(int, git_commit_create, (git_oid *id, git_repository *repo, const char *update_ref, const git_signature *author, const git_signature *committer, const char *message_encoding, const char *message, const git_tree *tree, size_t parent_count, const git_commit *parents[]), (id, repo, update_ref, author, committer, message_encoding, message, tree, parent_count, parents)) \
    X(void, git_commit_free, (git_commit *commit), (commit)) \
    X(int, git_commit_lookup, (git_commit **commit, git_repository *repo, const git_oid *id), (commit, repo, id)) \
    X(git_time_t, git_commit_time, (const git_commit *commit), (commit)) \
    X(int, git_commit_tree, (git_tree **tree_out, const git_commit *commit), (tree_out, commit)) \
    X(void, git_config_free, (git_config *cfg), (cfg)) \
    X(int, git_config_open_level, (git_config **out, const git_config *parent, git_config_level_t level), (out, parent, level)) \
    X(int, git_config_set_multivar, (git_config *cfg, const char *name, const char *regexp, const char *value), (cfg, name, regexp, value)) \
    X(int, git_config_set_string, (git_config *cfg, const char *name, const char *value), (cfg, name, value)) \
    X(const git_error *, git_error_last, (void), ()) \
    X(int, git_ignore_path_is_ignored, (int *ignored, git_repository *repo, const char *path), (ignored, repo, path)) \
    X(int, git_index_add_bypath, (git_index *index, const char *path), (index, path)) \
    X(size_t, git_index_entrycount, (const git_index *index), (index)) \
    X(int, git_index_find, (size_t *at_pos, git_index *index, const char *path), (at_pos, index, path)) \
    X(int, git_index_find_prefix, (size_t *at_pos, git_index *index, const char *prefix), (at_pos, index, prefix)) \
    X(void, git_index_free, (git_index *index), (index)) \
    X(const git_index_entry *, git_index_get_byindex, (git_index *index, size_t n), (index, n)) \
    X(int, git_index_write, (git_index *index), (index)) \
    X(int, git_libgit2_init, (void), ()) \
    X(int, git_libgit2_shutdown, (void), ()) \
    X(int, git_libgit2_version, (int *major, int *minor, int *rev), (major, minor, rev)) \
    X(void, git_object_free, (git_object *object), (object)) \
    X(const git_oid *, git_object_id, (const git_object *obj), (obj)) \
    X(int, git_object_peel, (git_object **peeled, const git_object *object, git_object_t target_type), (peeled, object, target_type)) \
    X(int, git_oid_fromstr, (git_oid *out, const char *str), (out, str)) \
    X(char *, git_oid_tostr, (char *out, size_t n, const git_oid *id), (out, n, id)) \
    X(int, git_reference_create, (git_reference **out, git_repository *repo, const char *name, const git_oid *id, int force, const char *log_message), (out, repo, name, id, force, log_message)) \
    X(void, git_reference_free, (git_reference *ref), (ref)) \
    X(int, git_reference_list, (git_strarray *array, git_repository *repo), (array, repo)) \
    X(int, git_reference_name_to_id, (git_oid *out, git_repository *repo, const char *name), (out, repo, name)) \
    X(const char *, git_reference_shorthand, (const git_reference *ref), (ref)) \
    X(int, git_remote_list, (git_strarray *out, git_repository *repo), (out, repo)) \
    X(int, git_repository_config, (git_config **out, git_repository *repo), (out, repo)) \
    X(void, git_repository_free, (git_repository *repo), (repo)) \
    X(int, git_repository_head, (git_reference **out, git_repository *repo), (out, repo)) \
    X(int, git_repository_hashfile, (git_oid *out, git_repository *repo, const char *path, git_object_t type, const char *as_path), (out, repo, path, type, as_path)) \
    X(int, git_repository_index, (git_index **out, git_repository *repo), (out, repo)) \
    X(int, git_repository_open_ext, (git_repository **out, const char *path, unsigned int flags, const char *ceiling_dirs), (out, path, flags, ceiling_dirs)) \
    X(int, git_repository_is_shallow, (git_repository *repo), (repo)) \
    X(const char *, git_repository_commondir, (const git_repository *repo), (repo)) \
    X(const char *, git_repository_workdir, (const git_repository *repo), (repo)) \
    X(int, git_revparse_single, (git_object **out, git_repository *repo, const char *spec), (out, repo, spec)) \
    X(void, git_revwalk_free, (git_revwalk *walk), (walk)) \
    X(int, git_revwalk_new, (git_revwalk **out, git_repository *repo), (out, repo)) \
    X(int, git_revwalk_next, (git_oid *out, git_revwalk *walk), (out, walk)) \
    X(int, git_revwalk_push, (git_revwalk *walk, const git_oid *id), (walk, id)) \
    X(int, git_revwalk_push_head, (git_revwalk *walk), (walk)) \
    X(int, git_revwalk_simplify_first_parent, (git_revwalk *walk), (walk)) \
    X(int, git_revwalk_sorting, (git_revwalk *walk, unsigned int sort_mode), (walk, sort_mode)) \
    X(const git_status_entry *, git_status_byindex, (git_status_list *statuslist, size_t idx), (statuslist, idx)) \
    X(size_t, git_status_list_entrycount, (git_status_list *statuslist), (statuslist)) \
    X(void, git_status_list_free, (git_status_list *statuslist), (statuslist)) \
    X(int, git_status_list_new, (git_status_list **out, git_repository *repo, const git_status_options *opts), (out, repo, opts)) \
    X(int, git_status_options_init, (git_status_options *opts, unsigned int version), (opts, version)) \
    X(void, git_signature_free, (git_signature *sig), (sig)) \
    X(int, git_signature_default, (git_signature **out, git_repository *repo), (out, repo)) \
    X(int, git_signature_now, (git_signature **out, const char *name, const char *email), (out, name, email)) \
    X(void, git_strarray_dispose, (git_strarray *array), (array)) \
    X(int, git_tag_create, (git_oid *oid, git_repository *repo, const char *tag_name, const git_object *target, const git_signature *tagger, const char *message, int force), (oid, repo, tag_name, target, tagger, message, force)) \
    X(const git_tree_entry *, git_tree_entry_byindex, (const git_tree *tree, size_t idx), (tree, idx)) \
    X(int, git_tree_entry_bypath, (git_tree_entry **out, const git_tree *root, const char *path), (out, root, path)) \
    X(void, git_tree_entry_free, (git_tree_entry *entry), (entry)) \
    X(const git_oid *, git_tree_entry_id, (const git_tree_entry *entry), (entry)) \
    X(const char *, git_tree_entry_name, (const git_tree_entry *entry), (entry)) \
    X(git_object_t, git_tree_entry_type, (const git_tree_entry *entry), (entry)) \
    X(size_t, git_tree_entrycount, (const git_tree *tree), (tree)) \
    X(void, git_tree_free, (git_tree *tree), (tree)) \
    X(int, git_tree_lookup, (git_tree **out, git_repository *repo, const git_oid *id), (out, repo, id)) \
    X(void, git_treebuilder_free, (git_treebuilder *bld), (bld)) \
    X(int, git_treebuilder_insert, (const git_tree_entry **out, git_treebuilder *bld, const char *filename, const git_oid *id, git_filemode_t filemode), (out, bld, filename, id, filemode)) \
    X(int, git_treebuilder_new, (git_treebuilder **out, git_repository *repo, const git_tree *source), (out, repo, source)) \
    X(int, git_treebuilder_write, (git_oid *id, git_treebuilder *bld), (id, bld))

#define SLOT(result, name, parameters, arguments) __typeof__(&name) name;
static struct { FUNCTIONS(SLOT) } library;
static int is_loaded;
static char problem[512];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) {
    void *handle = dlopen("libgit2.so." LIBGIT2_SOVERSION, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        const char *reason = dlerror();
        snprintf(problem, sizeof problem, "%s", reason ? reason : "unknown cause");
        return;
    }
    int found = 1;
#define FIND(result, name, parameters, arguments)                  \
    *(void **)&library.name = dlsym(handle, #name);               \
    if (!library.name) {                                          \
        snprintf(problem, sizeof problem, "found no function '%s' in libgit2.so.%s", #name, LIBGIT2_SOVERSION); \
        found = 0;                                                \
    }
    FUNCTIONS(FIND)
    is_loaded = found;
}

int git_library_is_there(void) {
    pthread_once(&once, load);
    return is_loaded;
}

const char *git_library_problem(void) {
    pthread_once(&once, load);
    return is_loaded ? 0 : problem;
}

const char *git_library_soversion(void) { return LIBGIT2_SOVERSION; }

// Nobody gets as far as a call without a repository, and nobody gets a repository without the library.
#define FORWARD(result, name, parameters, arguments) \
    result name parameters { return library.name arguments; }
FUNCTIONS(FORWARD)
