/* Feeds every file of a directory to the fuzz target that it is linked with: what was once
   found stays fixed, with any compiler. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>

#include "base/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 1 << 20, PATH_TEXT_MAX = 4096 };

static bool replay_file(const char *directory, const char *name) {
    char path[PATH_TEXT_MAX];
    struct caa_slice input;
    struct caa_diag diag = {""};
    snprintf(path, sizeof path, "%s/%s", directory, name);
    if (caa_file_read(&input, path, INPUT_MAX, &diag) != CAA_OK) {
        fprintf(stderr, "%s\n", diag.text);
        return false;
    }
    LLVMFuzzerTestOneInput((const uint8_t *)input.ptr, input.len);
    caa_file_free(input);
    return true;
}

/* Files that were read, or -1 where one could not be. */
static long replay_directory(DIR *stream, const char *directory) {
    long count = 0;
    const struct dirent *entry;
    while ((entry = readdir(stream)) != NULL) {
        if (entry->d_name[0] == '.') continue;
        if (!replay_file(directory, entry->d_name)) return -1;
        count++;
    }
    return count;
}

int main(int argc, char **argv) {
    DIR *stream = argc == 2 ? opendir(argv[1]) : NULL;
    if (stream == NULL) {
        fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
        return 1;
    }
    long count = replay_directory(stream, argv[1]);
    closedir(stream);
    printf("%ld inputs\n", count);
    return count > 0 ? 0 : 1;
}
