#pragma once
// The few things that weight files in HDF5 need, on libhdf5, which is loaded at the first call. Every function returns
// 0 or a count when it did its work, and a negative number when it did not: -1 for the library, -2 for the file's
// content. Any thread may call; calls wait for each other.

#include <stddef.h>
#include <stdint.h>

// Whether libhdf5 is there.
int hftml_hdf5_load(void);

int64_t hftml_hdf5_create(const char *path);
int64_t hftml_hdf5_open(const char *path);
int hftml_hdf5_close(int64_t file);

// Makes a group and those above it; an existing one is kept.
int hftml_hdf5_group(int64_t file, const char *name);
// Writes a new dataset of 32-bit floats and the groups above it.
int hftml_hdf5_write(int64_t file, const char *name, int rank, const uint64_t *dims, const float *values);
// Writes an attribute that is a list of `count` texts of a fixed length, or with count -1 one text.
int hftml_hdf5_write_texts(int64_t file, const char *object, const char *name, int count, const char *const *texts);

int hftml_hdf5_exists(int64_t file, const char *name);
// Shape of a dataset of at most 8 axes; returns the number of axes.
int hftml_hdf5_shape(int64_t file, const char *name, uint64_t dims[8]);
// Reads a dataset of floats of any width, bfloat16 too, as 32-bit ones; `count` is the number that `values` holds.
int hftml_hdf5_read(int64_t file, const char *name, float *values, uint64_t count);
// Calls `each` with every text of an attribute.
int hftml_hdf5_read_texts(int64_t file, const char *object, const char *name, void *context,
                          void (*each)(void *context, const char *text, size_t length));
