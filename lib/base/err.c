#include "base/err.h"

const char *caa_err_name(enum caa_err err) {
    switch (err) {
    case CAA_OK: return "CAA_OK";
#define CAA_ERR(name, text)                                                                    \
    case CAA_ERR_##name:                                                                       \
        return "CAA_ERR_" #name;
#include "base/err.def"
#undef CAA_ERR
    }
    return "CAA_ERR_?";
}

const char *caa_err_text(enum caa_err err) {
    switch (err) {
    case CAA_OK: return "success";
#define CAA_ERR(name, text)                                                                    \
    case CAA_ERR_##name:                                                                       \
        return text;
#include "base/err.def"
#undef CAA_ERR
    }
    return "unknown error";
}
