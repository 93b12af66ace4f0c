#include "acme/directory.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "serve/document.h"

bool caa_directory_url_split(const char *url, struct caa_slice *origin,
                             struct caa_slice *path) {
    size_t scheme = strncmp(url, "https://", 8) == 0  ? 8
                    : strncmp(url, "http://", 7) == 0 ? 7
                                                      : 0;
    size_t host = strcspn(url + scheme, "/?#@ ");
    const char *rest = url + scheme + host;
    *origin = caa_slice_bytes(url, scheme + host);
    *path = caa_slice_of(rest);
    return scheme > 0 && host > 0 && rest[0] == '/' && strpbrk(rest, "?# ") == NULL &&
           path->len < CAA_PATH_MAX;
}

static bool starts_with(struct caa_slice text, struct caa_slice start) {
    return text.len >= start.len &&
           caa_slice_equal(caa_slice_bytes(text.ptr, start.len), start);
}

/* Shortens the folder until `path` is in it. */
static void narrow(char *folder, struct caa_slice path) {
    size_t same = 0, slash = 0;
    while (folder[same] != '\0' && same < path.len && folder[same] == path.ptr[same]) {
        if (folder[same] == '/') slash = same;
        same++;
    }
    folder[slash + 1] = '\0';
}

static bool is_known(const char *name) {
    static const char *const known[] = {"newNonce",   "newAccount", "newOrder",   "newAuthz",
                                        "revokeCert", "keyChange",  "renewalInfo"};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(name, known[i]) == 0) return true;
    return false;
}

static enum caa_err look_at_members(char *folder, json_t *directory, struct caa_slice origin,
                                    enum caa_directory_members members, struct caa_diag *diag) {
    const char *name;
    json_t *value;
    json_object_foreach(directory, name, value) {
        struct caa_slice url = caa_slice_of(json_string_value(value)), resource_origin, path;
        if (!json_is_string(value)) continue; /* meta */
        if (members == CAA_DIRECTORY_KNOWN && !is_known(name)) continue;
        if (!caa_directory_url_split(url.ptr, &resource_origin, &path) ||
            !caa_slice_equal(resource_origin, origin)) {
            caa_diag_set(diag,
                         "%s of the upstream's directory is '%s': clients would go there, past "
                         "the gate at %.*s",
                         name, url.ptr, (int)origin.len, origin.ptr);
            return CAA_ERR_SYNTAX;
        }
        narrow(folder, path);
    }
    return CAA_OK;
}

static enum caa_err look_for_members(json_t *directory, struct caa_diag *diag) {
    static const char *const needed[] = {"newNonce", "newAccount", "newOrder"};
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        if (json_is_string(json_object_get(directory, needed[i]))) continue;
        caa_diag_set(diag, "the upstream's directory has no %s", needed[i]);
        return CAA_ERR_SYNTAX;
    }
    return CAA_OK;
}

enum caa_err caa_directory_look_at(char folder[CAA_PATH_MAX], struct caa_slice body,
                                   const char *url, enum caa_directory_members members,
                                   struct caa_diag *diag) {
    struct caa_slice origin, path;
    struct caa_refusal refusal;
    json_t *directory = NULL;
    if (!caa_directory_url_split(url, &origin, &path)) {
        caa_diag_set(diag, "'%s' is not like https://ca.example/directory", url);
        return CAA_ERR_SYNTAX;
    }
    enum caa_err err = caa_document_read(&directory, body, &refusal);
    if (err == CAA_ERR_SYNTAX)
        caa_diag_set(diag, "the upstream's directory cannot be read: %s", refusal.detail.text);
    if (err != CAA_OK) return err;
    snprintf(folder, CAA_PATH_MAX, "%.*s", (int)path.len, path.ptr);
    narrow(folder, path);
    err = look_for_members(directory, diag);
    if (err == CAA_OK) err = look_at_members(folder, directory, origin, members, diag);
    json_decref(directory);
    return err;
}

/* Characters that no server decodes, cuts at or takes for another (RFC 3986 section 2.3, and
   ':'
   '=' ',' '+' '@' '!' '~' of the others). */
static bool is_plain(struct caa_slice path) {
    for (size_t i = 0; i < path.len; i++) {
        char c = path.ptr[i];
        if (!caa_ascii_is_alnum(c) && (c == '\0' || strchr("-._~/:=,+@!", c) == NULL))
            return false;
        if (c != '/' || i + 1 == path.len) continue;
        struct caa_slice rest = caa_slice_bytes(path.ptr + i + 1, path.len - i - 1);
        if (rest.ptr[0] == '/' || rest.ptr[0] == '.') return false;
    }
    return path.len > 0 && path.ptr[0] == '/';
}

/* What the server itself calls its resources, or an operator, is taken as it is written. */
bool caa_path_passes(struct caa_slice path, const char *const *paths, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct caa_slice allowed = caa_slice_of(paths[i]);
        bool is_folder = allowed.len > 0 && allowed.ptr[allowed.len - 1] == '/';
        if (!is_folder && caa_slice_equal(path, allowed)) return true;
        if (is_folder && starts_with(path, allowed) &&
            is_plain(caa_slice_bytes(path.ptr + allowed.len - 1, path.len - (allowed.len - 1))))
            return true;
    }
    return false;
}
