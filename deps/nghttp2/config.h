/* What nghttp2's configure script would find; the library itself asks for little. */
#define PACKAGE_VERSION "1.52.0"
#define HAVE_ARPA_INET_H 1
#define HAVE_INTTYPES_H 1
#define HAVE_LIMITS_H 1
#define HAVE_NETINET_IN_H 1
#define HAVE_TIME_H 1
#define HAVE_UNISTD_H 1
