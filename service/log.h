/* What a program that serves tells its operator: a line each on standard error, which systemd
   and containers keep. */
#ifndef CAA_SERVICE_LOG_H
#define CAA_SERVICE_LOG_H

/* As in syslog(3). */
enum service_level {
    SERVICE_ERROR = 3,
    SERVICE_WARNING = 4,
    SERVICE_NOTICE = 5,
    SERVICE_INFO = 6
};

/* Writes one line; what is not printable becomes '?'. From any thread. */
void service_log(enum service_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
