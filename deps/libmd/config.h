/* libmd's configure script is not run: the digests that we compile need nothing from it. */
