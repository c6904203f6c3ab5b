// Declares what is used of libhdf5 1.10 and later instead of its headers, so that only the library itself must be
// there, and only when it is used.
#include "CHDF5.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef int64_t hid;

// libhdf5 has one state for all files and Debian builds it without locks: one call at a time.
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static void unlock(int *unused) {
    (void)unused;
    pthread_mutex_unlock(&mutex);
}
#define LOCKED \
    __attribute__((cleanup(unlock), unused)) int guard = 0; \
    pthread_mutex_lock(&mutex)

enum { RDONLY = 0, TRUNCATE = 2, SCALAR = 0 };

#define FUNCTIONS(F) \
    F(int, H5dont_atexit, (void)) \
    F(int, H5open, (void)) \
    F(int, H5Eset_auto2, (hid, void *, void *)) \
    F(hid, H5Fcreate, (const char *, unsigned, hid, hid)) \
    F(hid, H5Fopen, (const char *, unsigned, hid)) \
    F(int, H5Fclose, (hid)) \
    F(hid, H5Gcreate2, (hid, const char *, hid, hid, hid)) \
    F(int, H5Oclose, (hid)) \
    F(hid, H5Oopen, (hid, const char *, hid)) \
    F(int, H5Lexists, (hid, const char *, hid)) \
    F(hid, H5Screate, (int)) \
    F(hid, H5Screate_simple, (int, const uint64_t *, const uint64_t *)) \
    F(int, H5Sclose, (hid)) \
    F(int, H5Sget_simple_extent_ndims, (hid)) \
    F(int, H5Sget_simple_extent_dims, (hid, uint64_t *, uint64_t *)) \
    F(int64_t, H5Sget_simple_extent_npoints, (hid)) \
    F(hid, H5Dcreate2, (hid, const char *, hid, hid, hid, hid, hid)) \
    F(hid, H5Dopen2, (hid, const char *, hid)) \
    F(hid, H5Dget_space, (hid)) \
    F(hid, H5Dget_type, (hid)) \
    F(int, H5Dwrite, (hid, hid, hid, hid, hid, const void *)) \
    F(int, H5Dread, (hid, hid, hid, hid, hid, void *)) \
    F(int, H5Dclose, (hid)) \
    F(hid, H5Tcopy, (hid)) \
    F(int, H5Tset_size, (hid, size_t)) \
    F(size_t, H5Tget_size, (hid)) \
    F(int, H5Tget_class, (hid)) \
    F(int, H5Tis_variable_str, (hid)) \
    F(int, H5Tclose, (hid)) \
    F(hid, H5Acreate2, (hid, const char *, hid, hid, hid, hid)) \
    F(hid, H5Aopen, (hid, const char *, hid)) \
    F(int, H5Aexists, (hid, const char *)) \
    F(hid, H5Aget_type, (hid)) \
    F(hid, H5Aget_space, (hid)) \
    F(int, H5Awrite, (hid, hid, const void *)) \
    F(int, H5Aread, (hid, hid, void *)) \
    F(int, H5Aclose, (hid)) \
    F(int, H5Dvlen_reclaim, (hid, hid, hid, void *))

#define MEMBER(type, name, arguments) type (*name) arguments;
static struct { FUNCTIONS(MEMBER) } h5;
static hid native_float, text_type;
static int state;

static int load(void) {
    if (state) return state > 0 ? 0 : -1;
    state = -1;
    static const char *const names[] = {"libhdf5_serial.so.103", "libhdf5_serial.so.310", "libhdf5.so.310",
                                        "libhdf5.so.103", "libhdf5.so"};
    void *library = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names && !library; i++)
        library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    if (!library) return -1;
#define LOAD(type, name, arguments) \
    if (!(h5.name = (__typeof__(h5.name))dlsym(library, #name))) return -1;
    FUNCTIONS(LOAD)
    // Files are closed one by one; a damaged one must not hold up the end of the program.
    h5.H5dont_atexit();
    if (h5.H5open() < 0) return -1;
    const hid *floats = dlsym(library, "H5T_NATIVE_FLOAT_g"), *texts = dlsym(library, "H5T_C_S1_g");
    if (!floats || !texts) return -1;
    native_float = *floats;
    text_type = *texts;
    // Problems are returned, not printed.
    h5.H5Eset_auto2(0, 0, 0);
    state = 1;
    return 0;
}

int hftml_hdf5_load(void) {
    LOCKED;
    return load();
}

int64_t hftml_hdf5_create(const char *path) {
    LOCKED;
    return load() < 0 ? -1 : h5.H5Fcreate(path, TRUNCATE, 0, 0);
}

int64_t hftml_hdf5_open(const char *path) {
    LOCKED;
    return load() < 0 ? -1 : h5.H5Fopen(path, RDONLY, 0);
}

int hftml_hdf5_close(int64_t file) {
    LOCKED;
    return h5.H5Fclose(file);
}

// H5Lexists fails where a part of the path is missing, so every part is asked for.
int hftml_hdf5_exists(int64_t file, const char *name) {
    LOCKED;
    char part[1024];
    const size_t length = strlen(name);
    if (length == 0) return 1;
    if (length >= sizeof part) return 0;
    for (size_t i = 1; i <= length; i++) {
        if (name[i] != '/' && name[i] != 0) continue;
        memcpy(part, name, i);
        part[i] = 0;
        if (h5.H5Lexists(file, part, 0) <= 0) return 0;
    }
    return 1;
}

static int make_group(int64_t file, const char *name) {
    char part[1024];
    const size_t length = strlen(name);
    if (length >= sizeof part) return -2;
    for (size_t i = 1; i <= length; i++) {
        if (name[i] != '/' && name[i] != 0) continue;
        memcpy(part, name, i);
        part[i] = 0;
        if (h5.H5Lexists(file, part, 0) > 0) continue;
        const hid group = h5.H5Gcreate2(file, part, 0, 0, 0);
        if (group < 0) return -1;
        h5.H5Oclose(group);
    }
    return 0;
}

int hftml_hdf5_group(int64_t file, const char *name) {
    LOCKED;
    return make_group(file, name);
}

int hftml_hdf5_write(int64_t file, const char *name, int rank, const uint64_t *dims, const float *values) {
    LOCKED;
    const char *slash = strrchr(name, '/');
    if (slash && slash > name) {
        char group[1024];
        if ((size_t)(slash - name) >= sizeof group) return -2;
        memcpy(group, name, (size_t)(slash - name));
        group[slash - name] = 0;
        if (make_group(file, group) < 0) return -1;
    }
    const hid space = h5.H5Screate_simple(rank, dims, 0);
    const hid set = space < 0 ? -1 : h5.H5Dcreate2(file, name, native_float, space, 0, 0, 0);
    const int result = set < 0 ? -1 : h5.H5Dwrite(set, native_float, 0, 0, 0, values);
    if (set >= 0) h5.H5Dclose(set);
    if (space >= 0) h5.H5Sclose(space);
    return result < 0 ? -1 : 0;
}

int hftml_hdf5_write_texts(int64_t file, const char *object, const char *name, int count, const char *const *texts) {
    LOCKED;
    const int total = count < 0 ? 1 : count;
    size_t size = 1;
    for (int i = 0; i < total; i++) size = strlen(texts[i]) > size ? strlen(texts[i]) : size;
    char *packed = calloc((size_t)total + 1, size);
    if (!packed) return -1;
    for (int i = 0; i < total; i++) memcpy(packed + (size_t)i * size, texts[i], strlen(texts[i]));
    const uint64_t dims[1] = {(uint64_t)total};
    const hid target = h5.H5Oopen(file, object, 0);
    const hid type = h5.H5Tcopy(text_type);
    // An attribute of more than 64 KiB must lie in the file's heap.
    const int is_variable = count < 0 && size > 60000;
    h5.H5Tset_size(type, is_variable ? (size_t)-1 : size);
    const hid space = count < 0 ? h5.H5Screate(SCALAR) : h5.H5Screate_simple(1, dims, 0);
    const hid attribute = target < 0 || space < 0 ? -1 : h5.H5Acreate2(target, name, type, space, 0, 0);
    const int result = attribute < 0 ? -1 : h5.H5Awrite(attribute, type, is_variable ? (const void *)texts : packed);
    if (attribute >= 0) h5.H5Aclose(attribute);
    if (space >= 0) h5.H5Sclose(space);
    h5.H5Tclose(type);
    if (target >= 0) h5.H5Oclose(target);
    free(packed);
    return result < 0 ? -1 : 0;
}

int hftml_hdf5_shape(int64_t file, const char *name, uint64_t dims[8]) {
    LOCKED;
    const hid set = h5.H5Dopen2(file, name, 0);
    if (set < 0) return -2;
    const hid space = h5.H5Dget_space(set);
    int rank = space < 0 ? -2 : h5.H5Sget_simple_extent_ndims(space);
    if (rank > 8) rank = -2;
    if (rank > 0) h5.H5Sget_simple_extent_dims(space, dims, 0);
    if (space >= 0) h5.H5Sclose(space);
    h5.H5Dclose(set);
    return rank;
}

int hftml_hdf5_read(int64_t file, const char *name, float *values, uint64_t count) {
    LOCKED;
    const hid set = h5.H5Dopen2(file, name, 0);
    if (set < 0) return -2;
    const hid space = h5.H5Dget_space(set);
    const hid type = h5.H5Dget_type(set);
    const int fits = space >= 0 && type >= 0 && h5.H5Sget_simple_extent_npoints(space) == (int64_t)count;
    enum { FLOAT_CLASS = 1, OPAQUE_CLASS = 5 };
    const int class = fits ? h5.H5Tget_class(type) : -1;
    int result = -2;
    // Whole numbers would be converted without a word; weights are never whole numbers.
    if (class == FLOAT_CLASS) result = h5.H5Dread(set, native_float, 0, 0, 0, values);
    if (class == OPAQUE_CLASS && h5.H5Tget_size(type) == 2) {
        // bfloat16, which HDF5 does not know: the upper half of a float, written as two bytes by h5py.
        uint16_t *halves = malloc(count * 2 + 2);
        if (halves) result = h5.H5Dread(set, type, 0, 0, 0, halves);
        for (uint64_t i = 0; halves && result >= 0 && i < count; i++) {
            const uint32_t bits = (uint32_t)halves[i] << 16;
            memcpy(values + i, &bits, sizeof bits);
        }
        free(halves);
    }
    if (type >= 0) h5.H5Tclose(type);
    if (space >= 0) h5.H5Sclose(space);
    h5.H5Dclose(set);
    return result < 0 ? -2 : 0;
}

int hftml_hdf5_read_texts(int64_t file, const char *object, const char *name, void *context,
                          void (*each)(void *context, const char *text, size_t length)) {
    LOCKED;
    enum { TEXT_CLASS = 3, MOST = 1 << 20 };
    const hid target = h5.H5Oopen(file, object, 0);
    if (target < 0) return -2;
    int result = -2;
    if (h5.H5Aexists(target, name) > 0) {
        const hid attribute = h5.H5Aopen(target, name, 0);
        const hid type = attribute < 0 ? -1 : h5.H5Aget_type(attribute),
                  space = attribute < 0 ? -1 : h5.H5Aget_space(attribute);
        const int64_t count = space < 0 ? -1 : h5.H5Sget_simple_extent_npoints(space);
        const size_t size = type < 0 ? 0 : h5.H5Tget_size(type);
        // An empty list has no type to speak of.
        if (count == 0) result = 0;
        if (count > 0 && count < MOST && size > 0 && size < MOST && h5.H5Tget_class(type) == TEXT_CLASS) {
            char *bytes = calloc((size_t)count + 1, size);
            if (bytes && h5.H5Aread(attribute, type, bytes) >= 0) {
                const int is_variable = h5.H5Tis_variable_str(type) > 0;
                for (int64_t i = 0; i < count; i++) {
                    const char *text = is_variable ? ((char **)bytes)[i] : bytes + (size_t)i * size;
                    if (text) each(context, text, is_variable ? strlen(text) : strnlen(text, size));
                }
                if (is_variable) h5.H5Dvlen_reclaim(type, space, 0, bytes);
                result = (int)count;
            }
            free(bytes);
        }
        if (space >= 0) h5.H5Sclose(space);
        if (type >= 0) h5.H5Tclose(type);
        if (attribute >= 0) h5.H5Aclose(attribute);
    }
    h5.H5Oclose(target);
    return result;
}
