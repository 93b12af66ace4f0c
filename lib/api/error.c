#include <caa/caa.h>

const char *caa_error_name(enum caa_error error) {
    switch (error) {
#define CAA_ERROR(name, text)                                                                  \
    case CAA_ERROR_##name:                                                                     \
        return "CAA_ERROR_" #name;
#include "api/error.def"
#undef CAA_ERROR
    }
    return "CAA_ERROR_UNKNOWN";
}

const char *caa_error_text(enum caa_error error) {
    switch (error) {
#define CAA_ERROR(name, text)                                                                  \
    case CAA_ERROR_##name:                                                                     \
        return text;
#include "api/error.def"
#undef CAA_ERROR
    }
    return "an error that this version does not know";
}
