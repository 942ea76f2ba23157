/* What libcurl's configure script would find on Linux and macOS with 64 bits, and what we leave out of it: everything but HTTP, HTTPS and HTTP/2. */
#define OS "unix"

/* No protocol but HTTP and HTTPS. */
#define HTTP_ONLY 1
#define CURL_DISABLE_ALTSVC 1
#define CURL_DISABLE_COOKIES 1
#define CURL_DISABLE_CRYPTO_AUTH 1
#define CURL_DISABLE_DOH 1
#define CURL_DISABLE_GETOPTIONS 1
#define CURL_DISABLE_HEADERS_API 1
#define CURL_DISABLE_HSTS 1
#define CURL_DISABLE_LIBCURL_OPTION 1
#define CURL_DISABLE_MIME 1
#define CURL_DISABLE_NETRC 1
#define CURL_DISABLE_NTLM 1
#define CURL_DISABLE_PARSEDATE 1
#define CURL_DISABLE_PROGRESS_METER 1
#define CURL_DISABLE_SHUFFLE_DNS 1
#define CURL_EXTERN_SYMBOL

#define USE_OPENSSL 1
/* The system's openssl.cnf says nothing that we want. */
#define CURL_DISABLE_OPENSSL_AUTO_LOAD_CONFIG 1
#define USE_NGHTTP2 1
#define ENABLE_IPV6 1
/* Names are resolved on a thread, so that a time-out ends the wait. */
#define USE_THREADS_POSIX 1
#define HAVE_PTHREAD_H 1

#define SIZEOF_INT 4
#define SIZEOF_SHORT 2
#define SIZEOF_LONG 8
#define SIZEOF_SIZE_T 8
#define SIZEOF_OFF_T 8
#define SIZEOF_CURL_OFF_T 8
#define SIZEOF_TIME_T 8

#define STDC_HEADERS 1
#define TIME_WITH_SYS_TIME 1
#define _FILE_OFFSET_BITS 64
#define RECV_TYPE_ARG1 int
#define RECV_TYPE_ARG2 void *
#define RECV_TYPE_ARG3 size_t
#define RECV_TYPE_ARG4 int
#define RECV_TYPE_RETV ssize_t
#define SEND_TYPE_ARG1 int
#define SEND_QUAL_ARG2 const
#define SEND_TYPE_ARG2 void *
#define SEND_TYPE_ARG3 size_t
#define SEND_TYPE_ARG4 int
#define SEND_TYPE_RETV ssize_t

#define HAVE_ARPA_INET_H 1
#define HAVE_ASSERT_H 1
#define HAVE_BASENAME 1
#define HAVE_BOOL_T 1
#define HAVE_CLOCK_GETTIME_MONOTONIC 1
#define HAVE_ERRNO_H 1
#define HAVE_FCNTL 1
#define HAVE_FCNTL_H 1
#define HAVE_FCNTL_O_NONBLOCK 1
#define HAVE_FREEADDRINFO 1
#define HAVE_GETADDRINFO 1
#define HAVE_GETADDRINFO_THREADSAFE 1
#define HAVE_GETPEERNAME 1
#define HAVE_GETSOCKNAME 1
#define HAVE_GETTIMEOFDAY 1
#define HAVE_GMTIME_R 1
#define HAVE_IF_NAMETOINDEX 1
#define HAVE_INET_NTOP 1
#define HAVE_INET_PTON 1
#define HAVE_INTTYPES_H 1
#define HAVE_IOCTL_FIONBIO 1
#define HAVE_LIBGEN_H 1
#define HAVE_LONGLONG 1
#define HAVE_NETDB_H 1
#define HAVE_NETINET_IN_H 1
#define HAVE_NETINET_TCP_H 1
#define HAVE_NET_IF_H 1
#define HAVE_PIPE 1
#define HAVE_POLL_FINE 1
#define HAVE_POLL_H 1
#define HAVE_RECV 1
#define HAVE_SA_FAMILY_T 1
#define HAVE_SELECT 1
#define HAVE_SEND 1
#define HAVE_SETJMP_H 1
#define HAVE_SIGNAL 1
#define HAVE_SIGNAL_H 1
#define HAVE_SOCKADDR_IN6_SIN6_SCOPE_ID 1
#define HAVE_SOCKET 1
#define HAVE_SOCKETPAIR 1
#define HAVE_STDATOMIC_H 1
#define HAVE_ATOMIC 1
#define HAVE_STDBOOL_H 1
#define HAVE_STDINT_H 1
#define HAVE_STDLIB_H 1
#define HAVE_STRCASECMP 1
#define HAVE_STRDUP 1
#define HAVE_STRERROR_R 1
#define HAVE_STRINGS_H 1
#define HAVE_STRING_H 1
#define HAVE_STRTOK_R 1
#define HAVE_STRTOLL 1
#define HAVE_STRUCT_SOCKADDR_STORAGE 1
#define HAVE_STRUCT_TIMEVAL 1
#define HAVE_SUSECONDS_T 1
#define HAVE_SYS_IOCTL_H 1
#define HAVE_SYS_PARAM_H 1
#define HAVE_SYS_POLL_H 1
#define HAVE_SYS_SELECT_H 1
#define HAVE_SYS_SOCKET_H 1
#define HAVE_SYS_STAT_H 1
#define HAVE_SYS_TIME_H 1
#define HAVE_SYS_TYPES_H 1
#define HAVE_SYS_UN_H 1
#define HAVE_TIME_H 1
#define HAVE_UNISTD_H 1
#define HAVE_VARIADIC_MACROS_C99 1

#if defined(__linux__)
#define HAVE_LINUX_TCP_H 1
#define HAVE_MSG_NOSIGNAL 1
#if defined(__GLIBC__)
#define HAVE_GLIBC_STRERROR_R 1
#else
#define HAVE_POSIX_STRERROR_R 1
#endif
#else
#define HAVE_POSIX_STRERROR_R 1
#endif
