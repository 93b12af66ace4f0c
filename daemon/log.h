/* What the daemon tells its operator: a line each on standard error, which systemd and
   containers keep. */
#ifndef CAA_DAEMON_LOG_H
#define CAA_DAEMON_LOG_H

/* As in syslog(3). */
enum caad_level { CAAD_ERROR = 3, CAAD_WARNING = 4, CAAD_NOTICE = 5, CAAD_INFO = 6 };

/* Writes one line; what is not printable becomes '?'. From any thread. */
void caad_log(enum caad_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
