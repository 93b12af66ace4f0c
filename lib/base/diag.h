/* What was wrong and where, in words for the person who can mend it. */
#ifndef CAA_BASE_DIAG_H
#define CAA_BASE_DIAG_H

/* `text` is NUL-terminated, printable and one line, whatever hostile input it quotes. */
struct caa_diag {
    char text[512];
};

/* Writes the message; bytes that are neither printable ASCII nor valid UTF-8 become '?'.
   `diag` may be NULL: the caller did not want to know. Truncates silently at the size. */
void caa_diag_set(struct caa_diag *diag, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
