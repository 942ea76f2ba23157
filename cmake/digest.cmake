# cmake -DFILE=… -DTO=… -P digest.cmake: the SHA-256 of a file as 64 hexadecimal digits, nothing else.
file(SHA256 "${FILE}" sum)
file(WRITE "${TO}" "${sum}")
